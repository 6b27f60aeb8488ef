"""Test whether the scores of two systems differ significantly.

`python -m workflow_scripts.evaluation.compare --settings … --run mrasp_ft/en-gl --baseline direct --test bootstrap
--testset DIR en-gl hypotheses.txt baseline.txt out.json`: paired bootstrap resampling (Koehn 2004) or approximate
randomisation (Riezler and Maxwell 2005), by the metrics of all tables that test differences to this baseline.
"""

from pathlib import Path
from typing import Any

import numpy as np

from model.command import parser, run
from model.records import write_json
from workflow_scripts.evaluation.comparable import digest_of
from workflow_scripts.evaluation.score import scored_lines
from workflow_scripts.evaluation.significance import exact_p, p_of, sampled_differences
from workflow_scripts.metrics import METRICS, Scored
from workflow_scripts.settings.evaluation import Comparison
from workflow_scripts.settings.record import read_settings
from workflow_scripts.text.files import read_testset

NAMES = {"bootstrap": "bs", "randomisation": "ar"}  # test → its name in sacreBLEU's signatures


def compare(
    name: str,
    test: str,
    samples: int,
    systems: tuple[list[str], list[str]],
    references: list[str],
    scored: Scored,
    seed: int,
) -> dict[str, Any]:
    """One test by one metric of METRICS: a row of the file.

    systems: hypotheses of the baseline and of the system, as many as references. Result: `difference` (system less
    baseline), its `p`, the `signature`, the number of `differing` segments, and the `sampled` differences, of which
    tables make the tests of means.
    """
    metric = METRICS[name].make(scored)
    first, second = (np.array(metric._extract_corpus_statistics(lines, [references])) for lines in systems)
    score, other = (metric._compute_score_from_stats(some.sum(axis=0)).score for some in (first, second))
    difference, differing = float(other - score), int((first != second).any(axis=1).sum())
    sampled = sampled_differences(test, metric, (first, second), samples, seed)
    exact = test == "randomisation" and 2**differing <= samples
    p = exact_p(metric, (first, second)) if exact else p_of(test, difference, sampled, differing)
    signature = metric.get_signature()
    for key, value in (("seed", seed), (NAMES[test], samples)):
        signature.update(key, value)
    return {
        "difference": round(difference, 4),
        "p": round(p, 6),
        "signature": str(signature),
        "differing": differing,
        "sampled": " ".join(f"{value:.4f}" for value in sampled),  # as a list it would be a line for each number
    }


def main() -> None:
    """Compare one direction of one test set by all metrics of the settings."""
    arguments = parser(__doc__)
    arguments.add_argument("--settings", required=True)
    arguments.add_argument("--run", required=True)
    arguments.add_argument("--baseline", required=True, help="run that differences are taken to")
    arguments.add_argument("--test", choices=NAMES, required=True)
    arguments.add_argument("--testset", type=Path, required=True)
    arguments.add_argument("direction")
    arguments.add_argument("hypotheses", type=Path)
    arguments.add_argument("baseline_hypotheses", type=Path)
    arguments.add_argument("output", type=Path)
    options = arguments.parse_args()
    settings, (source, target) = read_settings(Comparison, options.settings), options.direction.split("-")
    system, references = scored_lines(options.testset, options.direction, options.hypotheses)
    baseline, _ = scored_lines(options.testset, options.direction, options.baseline_hypotheses)
    segments = read_testset(options.testset, options.direction)
    scored = Scored(target, [line for line, _ in segments], settings.comet.path if settings.comet else None)
    about = {
        "run": options.run,
        "baseline": options.baseline,
        "source": source,
        "target": target,
        "test_set": options.testset.name,
        "test": options.test,
        "segments": len(segments),
        "test_set_sha256": digest_of(segments),
    }
    tests = {
        name: compare(name, options.test, settings.samples, (baseline, system), references, scored, settings.seed)
        for name in settings.metrics
    }
    write_json(options.output, {**about, "scores": tests})


if __name__ == "__main__":
    run(main)
