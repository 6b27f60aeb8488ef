import numpy as np
import pandas as pd

from workflow_scripts.figures.similarity import draw

ROWS = [("na", "en", "gl", 0.2, 0.05), ("na", "en", "es", 0.3, 0.04), ("ras", "en", "gl", 0.4, 0.06)]
DATA = pd.DataFrame(ROWS, columns=["model", "source", "target", "cosine", "random_cosine"])


def test_a_group_a_dictionary_a_colour_a_model_and_a_line_at_what_chance_gives():
    (axis,) = draw(DATA).axes
    bars = [[(bar.get_x(), bar.get_height()) for bar in of_model] for of_model in axis.containers]
    assert np.allclose(bars, [[(-0.4, 0.2), (0.6, 0.3)], [(0, 0.4), (1, np.nan)]], equal_nan=True)
    assert [label.get_text() for label in axis.get_xticklabels()] == ["en-gl", "en-es"]
    assert [bars.get_label() for bars in axis.containers] == ["na", "ras"]
    lines = [[segment.tolist() for segment in of_model.get_segments()] for of_model in axis.collections]
    assert np.allclose(lines[0], [[[-0.4, 0.05], [0, 0.05]], [[0.6, 0.04], [1, 0.04]]])
    assert np.allclose(lines[1][0], [[0, 0.06], [0.4, 0.06]])


def test_the_legend_names_the_models_and_the_line_once():
    (legend,) = draw(DATA).legends
    assert sorted(text.get_text() for text in legend.get_texts()) == ["na", "ras", "words at random"]
