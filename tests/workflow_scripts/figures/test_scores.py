import json

import pandas as pd
import pytest
from pydantic import ValidationError

from workflow_scripts.figures.scores import draw, table
from workflow_scripts.settings.figures import ScoreCurves
from workflow_scripts.study.figures import Scores


def test_each_score_stands_in_its_line_and_numbers_go_up(tmp_path):
    lines = {"Direct": {5000: "b", 1000: "a"}, "mRASP": {1000: "c"}}
    files = []
    for number, system in enumerate("abc"):
        both = {m: {"score": number + at, "ci_low": 0, "ci_high": 9} for at, m in enumerate(("chrf", "sacrebleu"))}
        about = {"system": system, "source": "en", "target": "gl", "test_set": "test", "run": system, "scores": both}
        files.append(tmp_path / f"{system}.json")
        files[-1].write_text(json.dumps(about))
    found = table(ScoreCurves(number="pairs", scale="linear", lines=lines, metric="sacrebleu", files=map(str, files)))
    assert found[["line", "number", "run", "score"]].to_numpy().tolist() == [
        ["Direct", 1000, "a", 1], ["Direct", 5000, "b", 2], ["mRASP", 1000, "c", 3],
    ]  # fmt: skip
    assert set(found.label) == {"pairs"} and set(found.metric) == {"sacrebleu"}


LINES = {"Direct": {1000: "direct_1k", 5000: "direct_5k"}, "mRASP": {1000: "mrasp_1k", 5000: "mrasp_5k"}}


def rows(**scores):
    """scores: line → number → score by direction."""
    return pd.DataFrame(
        {"line": line, "number": number, "label": "pairs", "scale": "log", "metric": "sacrebleu", "source": "en",
         "target": target, "score": score, "ci_low": score - 1, "ci_high": score + 1}
        for line, points in scores.items()
        for number, of_number in points.items()
        for target, score in zip(("gl", "pt"), of_number, strict=False)
    )  # fmt: skip


def test_a_line_a_method_of_means_over_directions():
    (axis,) = draw(rows(Direct={1000: (1, 4), 5000: (2, 6)}, mRASP={1000: (7, 8), 5000: (9, 10)})).axes
    found = {line.get_label(): line.get_xydata().tolist() for line in axis.lines}
    assert found == {"Direct": [[1000, 2.5], [5000, 4]], "mRASP": [[1000, 7.5], [5000, 9.5]]}
    assert axis.get_xscale() == "log" and axis.get_xlabel() == "pairs" and not axis.collections
    assert axis.get_ylabel() == "sacreBLEU, mean over directions"


def test_one_direction_has_its_confidence_interval():
    (axis,) = draw(rows(Direct={1000: (1,), 5000: (2,)})).axes
    (band,) = axis.collections
    assert (band.get_datalim(axis.transData).ymin, band.get_datalim(axis.transData).ymax) == (0, 3)
    assert axis.get_ylabel() == "sacreBLEU"


def test_runs_are_those_of_the_lines():
    made = Scores.model_validate({"kind": "scores", "number": "pairs", "lines": LINES})
    assert made.runs == ["direct_1k", "direct_5k", "mrasp_1k", "mrasp_5k"]
    assert Scores.model_validate(made.model_dump(mode="json")) == made  # as study.json holds it


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"lines": {"Direct": ["direct"]}}, "lines: write method"),
        ({"lines": {"Direct": {}}}, "lines: write method"),
        ({}, "lines: write method"),
        ({"lines": LINES, "runs": ["direct_1k"]}, "lines name the runs; leave this out"),
    ],
)
def test_what_is_no_line_is_refused(settings, message):
    with pytest.raises(ValidationError, match=message):
        Scores.model_validate({"kind": "scores", "number": "pairs", **settings})
