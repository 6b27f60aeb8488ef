import pandas as pd
import pytest

from workflow_scripts.figures.violin import HALF, draw


def test_a_violin_a_run_with_quartiles_and_deviation():
    rows = []
    for run, density in (("mmt", (4.0, 1.0)), ("cd_id", (1.0, 2.0))):
        rows += [{"measure": "density", "at": at, "value": v} for at, v in zip((0.5, 1.5), density, strict=True)]
        rows += [{"measure": "quantile", "at": at, "value": v} for at, v in ((0.25, 0.2), (0.5, 0.4), (0.75, 0.9))]
        rows += [{"measure": "standard deviation", "at": None, "value": 0.123}]
        rows[-6:] = [{"run": run, **row} for row in rows[-6:]]
    (axis,) = draw(pd.DataFrame(rows)).axes
    assert [label.get_text() for label in axis.get_xticklabels()] == ["mmt", "cd_id"]
    assert [text.get_text() for text in axis.texts] == ["std 0.12", "std 0.12"]
    outline = axis.collections[0].get_paths()[0].vertices
    widest = outline[outline[:, 1] == 0.5][:, 0]
    assert (widest.min(), widest.max()) == pytest.approx((-HALF, HALF))
    narrow = outline[outline[:, 1] == 1.5][:, 0]
    assert (narrow.min(), narrow.max()) == pytest.approx((-HALF / 4, HALF / 4))
    assert axis.collections[1].get_segments()[0].tolist() == [[0, 0.2], [0, 0.9]]
    assert axis.lines[0].get_ydata().tolist() == [0.4]
