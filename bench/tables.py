"""How long a table takes from many score files: `python -m bench.tables [--runs 100] [--pairs 50]`.

The scores are made up: of each run in both directions of each pair, with a test of each difference to the first run. A
table of 10,000 scores and one made again after a line of the test set changed.
"""

import tempfile
from itertools import combinations, islice
from pathlib import Path

import yaml

from bench.process import PYTHON, ROOT, Command, measure
from model.command import parser, run
from model.records import write_json
from model.text.lines import read_lines, write_lines
from workflow_scripts.directions import directions
from workflow_scripts.evaluation.comparable import digest_of
from workflow_scripts.plan.tables import score_files, table_models
from workflow_scripts.study.read import read_study
from workflow_scripts.study.study import Study
from workflow_scripts.text.files import read_testset

LANGUAGES = [
    "be",
    "bg",
    "ca",
    "cs",
    "da",
    "de",
    "el",
    "en",
    "es",
    "et",
    "eu",
    "fi",
    "fr",
    "gl",
    "hr",
    "hu",
    "id",
    "it",
    "lt",
    "lv",
    "nl",
    "pl",
    "pt",
    "ro",
    "ru",
    "sk",
    "sl",
    "sv",
    "tr",
    "uk",
]
LINES = 1000  # of the test set
SIGNATURE = "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0"


def study(folder: Path, runs: int, pairs: int) -> Study:
    """A study with a table of so many systems and pairs, and its test set."""
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
    return read_study(folder / "study.yaml")


def write_scores(folder: Path, made_up: Study) -> int:
    """Write the score files of the table, and its tests; how many scores these are."""
    testset = folder / "results/made_up/testsets/test"
    digests = {d: digest_of(read_testset(testset, d)) for pair in made_up.pairs["all"] for d in directions(pair)}
    rows = table_models(made_up, "main")
    for number, ((name, test_set, direction), file) in enumerate(zip(rows, score_files(made_up, rows), strict=True)):
        source, target = direction.split("-")
        about = {"system": name, "run": name, "source": source, "target": target, "test_set": test_set}
        about |= {"train_pairs": 1000, "segments": LINES, "test_set_sha256": digests[direction]}
        score = 10 + number % 97 / 5
        scores = {"sacrebleu": {"score": score, "ci_low": score - 1, "ci_high": score + 1, "signature": SIGNATURE}}
        _write(folder / file, {**about, "scores": scores})
        if name != rows[0][0]:
            test = {"sacrebleu": {"difference": 1.0, "p": 0.02, "signature": SIGNATURE}}
            file = f"results/made_up/comparisons/{rows[0][0]}/{name}/{test_set}.{direction}.bootstrap.json"
            _write(folder / file, {**about, "baseline": rows[0][0], "scores": test})
    return len(rows)


def _write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, content)


def main() -> None:
    """Make scores up, and measure."""
    arguments = parser(__doc__)
    arguments.add_argument("--runs", type=int, default=100)
    arguments.add_argument("--pairs", type=int, default=50)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scores = write_scores(folder, study(folder, options.runs, options.pairs))
        table = folder / "table"
        words = ["--study", "study.yaml", "--table", "main", "--testsets", "results/made_up/testsets", table]
        command = Command(
            ["env", "-C", folder, f"PYTHONPATH={ROOT}", PYTHON, "-m", "workflow_scripts.tables.tabulate", *words]
        )
        print("table of            seconds  processor  peak GB", flush=True)
        for what in (f"{scores:,} scores", "one line changed"):
            used = measure(command)
            print(f"{what:<18} {used.wall:>8.1f} {used.processor:>10.1f} {used.peak:>8.2f}", flush=True)
            lines = folder / "results/made_up/testsets/test/de.txt"
            write_lines(lines, ["another line", *read_lines(lines)[1:]])
        missing = [line for line in read_lines(table.with_suffix(".md")) if line.startswith("missing: ")]
        print(f"then missing: {len(missing):,} scores, the first: {missing[0].removeprefix('missing: ')}")


if __name__ == "__main__":
    run(main)
