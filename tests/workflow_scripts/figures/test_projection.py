import numpy as np
import pandas as pd

from workflow_scripts.figures.plot import write
from workflow_scripts.figures.projection import draw

WORDS = [("en", "the", 0, 0), ("en", "a", 5, 0), ("en", "far", 100, 0), ("gl", "o", 2, 5), ("gl", "lonxe", 0, 100)]


def data(words=WORDS, models=("na", "ras"), target="gl"):
    rows = [(model, "en", target, *word) for model in models for word in words]
    return pd.DataFrame(rows, columns=["model", "source", "target", "language", "word", "x", "y"])


def test_a_row_a_dictionary_a_column_a_model_and_a_colour_a_language():
    spanish = [("es" if word[0] == "gl" else "en", *word[1:]) for word in WORDS]
    panels = draw(pd.concat([data(), data(spanish, target="es")])).axes
    assert [axis.get_title() for axis in panels] == ["na: en-gl", "ras: en-gl", "na: en-es", "ras: en-es"]
    assert [axis.get_subplotspec().rowspan.start for axis in panels] == [0, 0, 1, 1]
    english, other = panels[3].collections
    assert english.get_offsets().tolist() == [[0, 0], [5, 0], [100, 0]]
    assert other.get_offsets().tolist() == [[2, 5], [0, 100]]
    assert not np.array_equal(english.get_facecolor(), other.get_facecolor())
    assert [text.get_text() for text in panels[3].get_legend().get_texts()] == ["en", "es"]


def names(words):
    (axis,) = draw(data(words, ["ras"])).axes
    return [text.get_text() for text in axis.texts]


def test_a_word_is_named_where_it_hides_no_other_name():
    assert names(WORDS) == ["the", "far", "lonxe"]


def test_the_first_words_of_each_language_are_named_and_no_more():
    grid = [("en" if n < 20 else "gl", f"w{n}", n % 4, n // 4) for n in range(40)]
    assert names(grid) == [f"w{n}" for n in [*range(8), *range(20, 28)]]


def test_a_word_that_the_font_lacks_is_not_named():
    assert names([("en", "the", 0, 0), ("zh", "中文", 9, 0), ("zh", "ça", 9, 9)]) == ["the", "ça"]


def test_a_word_is_no_formula(tmp_path):
    write("projection", data([("en", "$^$", 0, 0), ("gl", "a", 9, 9)], ["ras"]), tmp_path / "drawn")


def test_the_same_words_give_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        write("projection", data(), tmp_path / name)
    for ending in ("svg", "png"):
        assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()
