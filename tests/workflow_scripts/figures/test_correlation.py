import pandas as pd
import pytest

from workflow_scripts.figures.correlation import draw


def rows(run, part, correlation):
    pairs = [("gl", "gl", 1.0), ("gl", "pt", correlation), ("pt", "gl", correlation), ("pt", "pt", 1.0)]
    return [{"run": run, "part": part, "language": a, "other": b, "correlation": value} for a, b, value in pairs]


@pytest.fixture
def axes():
    data = [
        row
        for run, values in (("mmt", (0.7, 0.8, 0.6)), ("cd_id", (0.9, 0.95, -0.05)))
        for part, value in zip(("all", "high", "low"), values, strict=True)
        for row in rows(run, part, value)
    ]
    return draw(pd.DataFrame(data)).axes


def test_a_row_a_run_a_column_a_part(axes):
    assert [axis.get_title() for axis in axes[:6]] == [
        f"{run}: {part}" for run in ("mmt", "cd_id") for part in ("all parameters", "10% most sensitive", "other 90%")
    ]


def test_each_field_has_the_shade_and_the_number_of_its_two_languages(axes):
    (mesh,) = axes[1].collections
    assert mesh.get_array().tolist() == [[1.0, 0.8], [0.8, 1.0]]
    assert [text.get_text() for text in axes[1].texts] == ["1.00", ".80", ".80", "1.00"]
    assert [label.get_text() for label in axes[1].get_xticklabels()] == ["gl", "pt"]


def test_all_panels_have_one_scale(axes):
    assert {axis.collections[0].get_clim() for axis in axes[:6]} == {(-0.05, 1)}


def test_runs_of_different_languages_can_stand_together():
    data = [*rows("one", "all", 0.5), *rows("one", "high", 0.5), *rows("one", "low", 0.5)]
    data += [{**row, "run": "two", "language": f"{row['language']}2", "other": f"{row['other']}2"} for row in data]
    axes = draw(pd.DataFrame(data)).axes
    assert [label.get_text() for label in axes[3].get_yticklabels()] == ["gl2", "pt2"]
