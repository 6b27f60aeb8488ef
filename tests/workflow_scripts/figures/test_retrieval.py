import numpy as np
import pandas as pd

from workflow_scripts.figures.retrieval import draw

ROWS = [("na", "gl", "en", 0.25), ("ras", "en", "gl", 0.5), ("ras", "gl", "en", 1.0), ("ras", "gl", "es", 0.125)]
DATA = pd.DataFrame(ROWS, columns=["model", "source", "target", "accuracy"])


def test_a_panel_a_model_with_sources_down_and_targets_across():
    figure = draw(DATA)
    na, ras, scale = figure.axes
    assert [na.get_title(), ras.get_title()] == ["na", "ras"]
    assert [[label.get_text() for label in labels] for labels in (ras.get_xticklabels(), ras.get_yticklabels())] == [
        ["en", "es", "gl"]
    ] * 2
    none = np.nan
    shown = ras.collections[0].get_array().filled(none)
    assert np.array_equal(shown, [[none, none, 50], [none, none, none], [100, 12.5, none]], equal_nan=True)
    assert np.nansum(na.collections[0].get_array().filled(none)) == 25
    assert scale.get_ylabel() == "retrieval accuracy (%)" and ras.yaxis_inverted()


def test_numbers_stand_in_the_fields_that_were_measured():
    texts = {(text.get_position(), text.get_text()) for text in draw(DATA).axes[1].texts}
    assert texts == {((2.5, 0.5), "50"), ((0.5, 2.5), "100"), ((1.5, 2.5), "12")}
