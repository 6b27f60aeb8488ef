"""How long a table takes from many score files: `python -m bench.tables [--runs 100] [--pairs 50]`.

The scores are made up: one for each run and direction, and a significance test of each difference to the first run. The
table is made twice, the second time after a line of the test set has changed.
"""

import tempfile
from itertools import combinations, islice
from pathlib import Path

import yaml

from bench.process import PYTHON, ROOT, Command, measure
from model.command import parser, run
from model.records import write_json
from model.text.lines import read_lines, write_lines
from workflow_scripts.evaluation.comparable import digest_of
from workflow_scripts.plan.plan import Plan
from workflow_scripts.plan.result_settings import tabulate
from workflow_scripts.settings.tables import ScoreTabulation
from workflow_scripts.study.read import read_study
from workflow_scripts.text.files import read_testset

LANGUAGES = [
    "be", "bg", "ca", "cs", "da", "de", "el", "en", "es", "et", "eu", "fi", "fr", "gl", "hr",
    "hu", "id", "it", "lt", "lv", "nl", "pl", "pt", "ro", "ru", "sk", "sl", "sv", "tr", "uk",
]  # fmt: skip
LINES = 1000  # of the test set
SIGNATURE = "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0"
SAMPLED = " ".join(f"{value / 100:.4f}" for value in range(-500, 500))  # differences


def settings(folder: Path, runs: int, pairs: int) -> ScoreTabulation:
    """The settings of a table with so many systems and pairs. Also writes its study and test set."""
    names = [f"system_{number}" for number in range(runs)]
    write_lines(folder / "study.yaml", [yaml.safe_dump({
        "study": "made_up",
        "corpora": ["gettext:django/5.2.1"],
        "pairs": {"all": ["-".join(pair) for pair in islice(combinations(LANGUAGES, 2), pairs)]},
        "runs": {name: {"train_on": "all"} for name in names},
        "tables": {"main": {"runs": names, "baseline": names[0]}},
    })])  # fmt: skip
    for code in LANGUAGES:
        lines = (f"{code} {number}" for number in range(LINES))
        testset = folder / "results/made_up/testsets/test"
        testset.mkdir(parents=True, exist_ok=True)
        write_lines(testset / f"{code}.txt", lines)
    return tabulate(Plan(read_study(folder / "study.yaml")), "main")


def write_scores(folder: Path, table: ScoreTabulation) -> None:
    """Write the score files of a table, and its significance tests."""
    testset = folder / "results/made_up/testsets/test"
    directions = {score.direction for score in table.scores}
    digests = {direction: digest_of(read_testset(testset, direction)) for direction in directions}
    for number, row in enumerate(table.scores):
        source, target = row.direction.split("-")
        about: dict[str, object] = {
            "system": row.system,
            "run": row.run,
            "source": source,
            "target": target,
            "test_set": row.test_set,
        }
        about |= {"train_pairs": 1000, "segments": LINES, "test_set_sha256": digests[row.direction]}
        score = 10 + number % 97 / 5
        scores = {"sacrebleu": {"score": score, "ci_low": score - 1, "ci_high": score + 1, "signature": SIGNATURE}}
        _write(folder / row.file, {**about, "scores": scores})
        if row.run != table.baseline:
            test = {
                "sacrebleu": {
                    "difference": 1.0,
                    "p": 0.02,
                    "differing": LINES,
                    "sampled": SAMPLED,
                    "signature": SIGNATURE,
                }
            }
            name = f"{table.baseline}/{row.run}/{row.test_set}.{row.direction}.bootstrap.json"
            _write(folder / "results/made_up/comparisons" / name, {**about, "baseline": table.baseline, "scores": test})


def _write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, content)


def main() -> None:
    """Make up scores, and measure."""
    arguments = parser(__doc__)
    arguments.add_argument("--runs", type=int, default=100)
    arguments.add_argument("--pairs", type=int, default=50)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table_settings = settings(folder, options.runs, options.pairs)
        write_json(folder / "settings.json", table_settings.model_dump(mode="json"))
        write_scores(folder, table_settings)
        table = folder / "table"
        words: list[str | Path] = ["--settings", "settings.json", "--testsets", "results/made_up/testsets", table]
        command = Command(
            ["env", "-C", folder, f"PYTHONPATH={ROOT}", PYTHON, "-m", "workflow_scripts.tables.tabulate", *words]
        )
        print("table of            seconds  processor  peak GB", flush=True)
        for what in (f"{len(table_settings.scores):,} scores", "one line changed"):
            used = measure(command)
            print(f"{what:<18} {used.wall:>8.1f} {used.processor:>10.1f} {used.peak:>8.2f}", flush=True)
            lines = folder / "results/made_up/testsets/test/de.txt"
            write_lines(lines, ["another line", *read_lines(lines)[1:]])
        missing = [line for line in read_lines(table.with_suffix(".md")) if line.startswith("missing: ")]
        print(f"then missing: {len(missing):,} scores, the first: {missing[0].removeprefix('missing: ')}")


if __name__ == "__main__":
    run(main)
