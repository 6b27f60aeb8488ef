import json

from workflow_scripts.figures.scores import table
from workflow_scripts.settings.figures import ScoreCurves


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
