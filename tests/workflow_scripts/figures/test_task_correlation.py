import pandas as pd
import pytest

from workflow_scripts.figures.task_correlation import draw

VALUES = {("mmt", "gl"): 0.3, ("mmt", "pt"): 0.4, ("cd_id", "gl"): 0.6, ("cd_id", "pt"): 0.7}


def test_a_group_a_language_a_bar_a_run_of_what_two_objectives_have_in_common():
    tasks = ("translation", "cd")
    rows = [
        {"run": run, "language": code, "part": part, "objective": a, "other": b, "correlation": 1 if a == b else value}
        for (run, code), values in {key: (value, 0.1) for key, value in VALUES.items()}.items()
        for part, value in zip(("all", "high"), values, strict=True)
        for a in tasks
        for b in tasks
    ]
    (axis,) = draw(pd.DataFrame(rows)).axes
    bars = {(c.get_label(), round(bar.get_x() + bar.get_width() / 2)): bar for c in axis.containers for bar in c}
    labels = [label.get_text() for label in axis.get_xticklabels()]
    assert {(run, labels[place]): bar.get_height() for (run, place), bar in bars.items()} == pytest.approx(VALUES)
    assert axis.get_ylabel() == "correlation of sensitivity\nto translation and to cd"
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["mmt", "cd_id"]
