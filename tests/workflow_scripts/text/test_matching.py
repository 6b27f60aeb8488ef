import pytest

from workflow_scripts.text.matching import WORD_OF_LETTERS, matching_key


@pytest.mark.parametrize(
    ("one", "other"),
    [("Hello, World!", "hello world"), ("well-known", "well @-@ known"), ("ﬁle", "FILE"), ("Straße", "STRASSE")],
)
def test_the_same_text_has_the_same_key(one, other):
    assert matching_key(one) == matching_key(other) != ""


def test_marks_are_part_of_the_text():
    assert matching_key("कि") != matching_key("की")
    assert WORD_OF_LETTERS.fullmatch("हिन्दी") and not WORD_OF_LETTERS.fullmatch("a1")


def test_other_text_has_another_key():
    assert matching_key("file 1") != matching_key("file 2")
