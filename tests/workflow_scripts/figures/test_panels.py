import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from workflow_scripts.figures.panels import bars, heat_map, in_lines


def test_a_heat_map_has_rows_down_columns_across_and_a_number_in_each_field():
    axis = Figure().subplots()
    matrix = pd.DataFrame([[0.2, 0.8, np.nan], [0.5, 0.3, 1.0]], index=["a", "b"], columns=["x", "y", "z"])
    shades = heat_map(axis, matrix, 0.2, 1.0, "{:.1f}".format)
    assert np.array_equal(shades.get_array().filled(np.nan), matrix.to_numpy(), equal_nan=True)
    assert shades.get_clim() == (0.2, 1.0) and axis.yaxis_inverted()
    assert [label.get_text() for label in axis.get_yticklabels()] == ["a", "b"]
    assert [label.get_text() for label in axis.get_xticklabels()] == ["x", "y", "z"]
    fields = {text.get_position(): (text.get_text(), text.get_color()) for text in axis.texts}
    assert fields == {
        (0.5, 0.5): ("0.2", "black"),
        (1.5, 0.5): ("0.8", "white"),  # three quarters of the way, on a dark field
        (0.5, 1.5): ("0.5", "black"),
        (1.5, 1.5): ("0.3", "black"),
        (2.5, 1.5): ("1.0", "white"),
    }


def test_a_long_name_is_broken_between_its_words():
    assert in_lines("mRASP without substitution", 1.6) == "mRASP without\nsubstitution"
    assert in_lines("mRASP without substitution", 2) == "mRASP without substitution"
    assert in_lines("na_mrasp_substitution_off", 1) == "na_mrasp_substitution_off"


def test_bars_of_a_group_stand_side_by_side_about_its_name():
    axis = Figure().subplots()
    bars(axis, pd.DataFrame({"one": [1.0, 2.0], "two": [3.0, np.nan]}, index=["a", "b"]))
    places = [[(bar.get_x(), bar.get_x() + bar.get_width()) for bar in of_column] for of_column in axis.containers]
    assert np.allclose(places, [[(-0.4, 0), (0.6, 1)], [(0, 0.4), (1, 1.4)]])
    assert [label.get_text() for label in axis.get_xticklabels()] == ["a", "b"] and not axis.collections


def test_marks_cross_the_bars_and_are_named_once():
    axis, table = Figure().subplots(), pd.DataFrame({"one": [1.0], "two": [3.0]})
    bars(axis, table, table / 2, "half")
    assert [lines.get_segments()[0][:, 1].tolist() for lines in axis.collections] == [[0.5, 0.5], [1.5, 1.5]]
    assert axis.get_legend_handles_labels()[1] == ["half", "one", "two"]
