"""Score the translations of a test set by the metrics of the study.

`python -m workflow_scripts.evaluation.score --settings … --run mrasp_ft/en-gl --testset DIR --text DIR en-gl
hypotheses.txt out.json`

Each score has a signature that says how it was computed, and a 95% confidence interval by bootstrap resampling with a
fixed seed. The file also has a hash of the test set and the settings of the search.
"""

import os
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from model.command import UserError, parser, run
from model.records import write_json
from model.text.lines import normalised, read_lines
from workflow_scripts.directions import pair_of
from workflow_scripts.evaluation.comparable import digest_of
from workflow_scripts.metrics import METRICS, Scored
from workflow_scripts.settings.evaluation import Scoring
from workflow_scripts.settings.record import read_settings
from workflow_scripts.text.files import read_testset

RESAMPLES = 1000
SEED = "12345"  # of the resamples; sacreBLEU would take one from the environment


def score(name: str, hypotheses: list[str], references: list[str], scored: Scored) -> dict[str, Any]:
    """`score`, `ci_low`, `ci_high` and `signature` of hypotheses by one metric."""
    metric = METRICS[name].make(scored)
    os.environ["SACREBLEU_SEED"] = SEED
    result = metric.corpus_score(hypotheses, [references], n_bootstrap=RESAMPLES)
    mean, half = float(result._mean), float(result._ci)  # they have no public name
    return {
        "score": round(result.score, 4),
        "ci_low": round(mean - half, 4),
        "ci_high": round(mean + half, 4),
        "signature": str(metric.get_signature()),
    }


def scored_lines(testset: Path, direction: str, path: Path) -> tuple[list[str], list[str]]:
    """The hypotheses and references of the segments that a test set has in both languages of a direction.

    Raises UserError if the translations and the test set differ in length, or if there is no such segment.
    """
    sources, references = (read_lines(testset / f"{code}.txt") for code in direction.split("-"))
    hypotheses = [normalised(line) for line in read_lines(path)]  # as references are
    if len(hypotheses) != len(references):
        raise UserError(
            f"{path}: {len(hypotheses)} lines, the test set has {len(references)}, which it must have; translate again"
        )
    rows = [(h, r) for s, r, h in zip(sources, references, hypotheses, strict=True) if s and r]
    if not rows:
        raise UserError(
            f"{testset}: no line has text in both languages of {direction}, so nothing can be scored; mend the test"
            " set, or leave the direction out"
        )
    return [h for h, _ in rows], [r for _, r in rows]


def main() -> None:
    """Score one direction of one test set by all metrics of the study."""
    arguments = parser(__doc__)
    arguments.add_argument("--settings", required=True)
    arguments.add_argument("--run", required=True)
    arguments.add_argument("--testset", type=Path, required=True)
    arguments.add_argument(
        "--text", type=Path, required=True, help="folder with {pair}.parquet, to count training pairs"
    )
    arguments.add_argument("direction")
    arguments.add_argument("hypotheses", type=Path)
    arguments.add_argument("output", type=Path)
    options = arguments.parse_args()
    settings, (source, target) = read_settings(Scoring, options.settings), options.direction.split("-")
    hypotheses, references = scored_lines(options.testset, options.direction, options.hypotheses)
    segments = read_testset(options.testset, options.direction)
    scored = Scored(target, [source for source, _ in segments], settings.comet.path if settings.comet else None)
    scores = {name: score(name, hypotheses, references, scored) for name in settings.metrics}
    rows = pq.read_metadata(options.text / f"{pair_of(options.direction)}.parquet").num_rows
    about = {
        "system": settings.system,
        "source": source,
        "target": target,
        "test_set": options.testset.name,
        "run": options.run,
        "train_pairs": min(rows, rows if (most := settings.pairs[options.direction]) is None else most),
        "segments": len(references),
        "test_set_sha256": digest_of(segments),
        "search": settings.search,
    }
    write_json(options.output, {**about, "scores": scores})


if __name__ == "__main__":
    run(main)
