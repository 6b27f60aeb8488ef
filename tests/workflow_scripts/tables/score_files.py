"""Score files and comparisons as their rules write them, and the table of a study made of them."""

import json

from tests.workflow_scripts.planned import plan_of
from workflow_scripts.evaluation.comparable import digest_of
from workflow_scripts.evaluation.scores import collect
from workflow_scripts.plan.result_settings import tabulate as told
from workflow_scripts.tables.cells import table_cells
from workflow_scripts.tables.tabulate import OF_TEST, notes, wide

STUDY = {
    "study": "s",
    "corpora": ["gettext:p/1"],
    "pairs": {"all": ["en-gl"]},
    "runs": {
        "direct": {"train_on": "all", "per": "direction", "label": "Direct"},
        "ft": {"train_on": "all", "per": "direction"},
    },
    "tables": {"main": {"runs": ["direct", "ft"], "baseline": "direct", "metrics": ["sacrebleu", "chrf"]}},
}
SIDES = {"en": ["a house", "a tree", "the sea"], "gl": ["unha casa", "unha árbore", "o mar"], "pt": ["c", "a", "m"]}


def study_of(table=None, pairs=("en-gl",), **runs):
    """The study with other settings of its table, pairs, and of its runs."""
    runs = {name: {**row, **runs.get(name, {})} for name, row in STUDY["runs"].items()}
    tables = {"main": {**STUDY["tables"]["main"], **(table or {})}}
    return {**STUDY, "pairs": {"all": list(pairs)}, "runs": runs, "tables": tables}


def score_file(folder, run, direction, train_pairs=5, signature="s", **scores):
    """A score file as the rule names it. scores: metric → score."""
    source, target = direction.split("-")
    segments = list(zip(SIDES[source], SIDES[target], strict=True))
    about = {"system": run.split("/")[0], "source": source, "target": target, "test_set": "test", "run": run}
    about |= {"train_pairs": train_pairs, "segments": 3, "test_set_sha256": digest_of(segments)}
    values = {m: {"score": v, "ci_low": v - 1, "ci_high": v + 1, "signature": signature} for m, v in scores.items()}
    path = folder / "scores" / run / f"test.{direction}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**about, "scores": values}))
    return path


SPREAD = [n / 10 for n in range(-499, 500)]  # of sampled differences: below 50 nothing is significant


def comparison(folder, direction, p, sampled=SPREAD, difference=0.0, seed="", **changed):
    """A comparison of ft with direct as its rule writes it. p: of sacreBLEU. seed: `/seed5` of one not the first."""
    about = json.loads((folder / f"scores/direct/{direction}/test.{direction}.json").read_text())
    about |= {"run": f"ft/{direction}{seed}", "baseline": "direct", "scores": {}}
    row = {"difference": difference, "differing": 99, "sampled": " ".join(map(str, sampled))}
    about["scores"] = {"sacrebleu": {**row, "p": p}, "chrf": {**row, "p": 0.5}}
    path = folder / f"{direction}{seed.replace('/', '.')}.json"
    path.write_text(json.dumps({**about, **changed}))
    return path


def tabulated(study, files, testsets, comparisons=()):
    table = told(plan_of(study), "main")
    cells, missing = table_cells(table, collect(files), collect(comparisons, OF_TEST), testsets)
    return wide(cells, table.labels), notes(cells, table, missing), cells
