"""Test whether the scores of two systems differ significantly.

`python -m workflow_scripts.evaluation.compare --settings … --run mrasp_ft/en-gl --baseline direct --test bootstrap
--testset DIR en-gl hypotheses.txt baseline.txt out.json`: paired bootstrap resampling (Koehn 2004) or approximate
randomisation (Riezler and Maxwell 2005), by sacreBLEU's code, in the metrics of all tables that test differences to
this baseline.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from sacrebleu.significance import PairedTest, Result

from model.command import parser, run
from model.records import write_json
from workflow_scripts.evaluation.comparable import digest_of
from workflow_scripts.evaluation.score import scored_lines
from workflow_scripts.metrics import METRICS, Scored
from workflow_scripts.settings.evaluation import Comparison
from workflow_scripts.settings.record import read_settings
from workflow_scripts.text.files import read_testset

NAMES = {"bootstrap": "bs", "randomisation": "ar"}  # test → sacreBLEU's name


def compare(
    name: str, test: str, samples: int, systems: tuple[list[str], list[str]], references: list[str], scored: Scored
) -> dict[str, Any]:
    """`difference` (second system less first), its `p` and `signature`, by one metric of METRICS.

    systems: hypotheses of the baseline and of the system, as many as references. The seed is that of the environment
    variable SACREBLEU_SEED.
    """
    named: list[tuple[str, Sequence[str]]] = list(zip(("baseline", "system"), systems, strict=True))
    paired = PairedTest(named, {name: METRICS[name].make(scored)}, [references], NAMES[test], samples)
    signatures, results = paired()
    (key,) = signatures
    baseline, system = (cast(Result, result) for result in results[key])
    difference = round(float(system.score) - float(baseline.score), 4)
    # sacreBLEU counts samples beyond the difference. For equal systems there are none, which it would call significant.
    p = round(float(cast(float, system.p_value)), 6) if difference else 1.0
    return {"difference": difference, "p": p, "signature": str(signatures[key])}


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
    os.environ["SACREBLEU_SEED"] = str(settings.seed + 1)  # 0 would be no seed to sacreBLEU
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
        name: compare(name, options.test, settings.samples, (baseline, system), references, scored)
        for name in settings.metrics
    }
    write_json(options.output, {**about, "scores": tests})


if __name__ == "__main__":
    run(main)
