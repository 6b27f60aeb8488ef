"""Paths of the files that rules read and write."""

import os
from collections.abc import Iterable
from pathlib import Path

from workflow_scripts.plan.plan import Plan
from workflow_scripts.plan.training_data import files_of
from workflow_scripts.sources import SOURCES

TABLE_ENDINGS = ["tsv", "md", "tex", "html"]  # the last goes into the report of `snakemake --report`
MANY_THREADS, LARGE = 8, 200e6  # threads for a text whose files have more bytes than this


class Files:
    """The files of a study's results, below `results/{study}/`."""

    def __init__(self, plan: Plan) -> None:
        self._plan, self.folder = plan, plan.folder

    def texts(self, names: Iterable[str]) -> list[str]:
        """The clean text of pairs and languages."""
        return [f"{self.folder}/text/{name}.parquet" for name in names]

    def reports(self, names: Iterable[str]) -> list[str]:
        """The cleaning reports of some texts."""
        return [f"{self.folder}/text/{name}.report.json" for name in names]

    def testsets(self, *names: str) -> list[str]:
        """The folders of some test and dev sets; without names, of all."""
        return [f"{self.folder}/testsets/{name}" for name in names or self._plan.study.testsets]

    def held_back(self) -> list[str]:
        """The folders of the test and dev sets whose segments are taken out of all text."""
        return self.testsets(*self._plan.testsets.decontaminated)

    def table(self, name: str) -> list[str]:
        """The files of a table, one for each format."""
        return [f"{self.folder}/tables/{name}.{ending}" for ending in TABLE_ENDINGS]

    def claimed(self, name: str) -> list[str]:
        """The TSV of each table and figure that a table of claims is about."""
        table = self._plan.study.tables[name]
        asked = [difference for claim in getattr(table, "claims", []) for difference in claim.differences]
        named = dict.fromkeys(("tables", d.table) if d.table else ("figures", d.figure) for d in asked)
        return [f"{self.folder}/{part}/{of}.tsv" for part, of in named]

    def figure(self, name: str) -> str:
        """A figure as SVG."""
        return f"{self.folder}/figures/{name}.svg"

    def crossings(self, names: Iterable[str]) -> list[str]:
        """The tables of where curves cross, of those of some figures that show learning curves."""
        figures = self._plan.study.figures
        return [
            f"{self.folder}/figures/{name}.crossings.tsv" for name in names if figures[name].kind == "learning_curves"
        ]

    def translation(self, model: str, testset: str, direction: str) -> str:
        """The translation of a test set by a model."""
        return f"{self.folder}/translations/{model}/{testset}.{direction}.txt"

    def models(self, names: Iterable[str]) -> list[str]:
        """The folders of some models."""
        return [f"{self.folder}/runs/{name}/model" for name in names]

    def named_models(self, names: list[str]) -> list[str]:
        """`name=folder` of some models, as commands take them."""
        return [f"{name}={folder}" for name, folder in zip(names, self.models(names), strict=True)]

    def dictionaries(self, names: Iterable[str], variant: str = "") -> list[str]:
        """Merged or induced dictionaries. variant: of substitution."""
        return [f"{self._plan.variants[variant].folder}/{name}.tsv" for name in names]

    def fetched(self, paths: Iterable[str]) -> list[str]:
        """The inputs of a job that reads some files: the manifest of each fetched file, and the user's own files."""
        needs = self._plan.supplies.needs
        return [f"{path}.json" if path in needs else path for path in paths]

    def manifests(self) -> list[str]:
        """The manifests of all files that the study fetches."""
        return [f"{path}.json" for path in self._plan.supplies.needs]

    def of_training_data(self, model: str) -> list[str]:
        """The manifests of the files that a model was trained with, and the cleaning reports of its texts."""
        uses = self._plan.training_data.uses(model)
        manifests = [f"{path}.json" for path in files_of(uses, self._plan.supplies.needs)]
        return [*manifests, *self.reports(dict.fromkeys(use.name for use in uses if use.kind == "text"))]

    def testset_sources(self, name: str) -> list[str]:
        """The files that a test set is read from."""
        parts = self._plan.testsets.parts(name)
        found = [place.path for item, codes in parts for place in SOURCES[item.dataset.source].places(item, codes)]
        return list(dict.fromkeys(found))

    def threads(self, text: str) -> int:
        """Threads for a text: many if its files are large or of unknown size, else one, so that several run at once."""
        sizes = self._sizes(text)
        known = [size for size in sizes if size is not None]
        return MANY_THREADS if len(known) < len(sizes) or sum(known) > LARGE else 1

    def _sizes(self, text: str) -> list[int | None]:
        """The bytes of the files of a text, as they are here or as the catalogue says; None if it does not say."""
        paths, needs = self._plan.texts.files(text), self._plan.supplies.needs
        return [os.path.getsize(path) if os.path.exists(path) else needs[path].resource.size for path in paths]

    def cleaning_megabytes(self, text: str) -> int:
        """Memory of the cleaning of a text, which keeps a hash of each segment (docs/scale.md).

        56 bytes for each pair, of which the short ones of subtitles take 30 bytes of a packed file.
        """
        return 1000 + 2 * sum(filter(None, self._sizes(text))) // 10**6

    @property
    def scoring_megabytes(self) -> int:
        """Memory of a job that scores: with COMET, its checkpoint is in memory twice while it is loaded."""
        study = self._plan.study
        return 1000 + (2 * megabytes([study.comet]) if study.comet and "comet" in study.metrics else 0)


def leaks_of(folders: Iterable[str]) -> list[str]:
    """The reports of the check that some shards hold no segment of a test or dev set."""
    return [f"{folder}.leaks.json" for folder in folders]


def megabytes(paths: Iterable[str | Path]) -> int:
    """Size of files, and of the files in folders. Raises FileNotFoundError, which Snakemake shows as <TBD>."""
    files = [file for path in map(Path, paths) for file in (path.iterdir() if path.is_dir() else [path])]
    return round(sum(file.stat().st_size for file in files) / 1e6)
