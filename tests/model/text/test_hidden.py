from hypothesis import given
from hypothesis import strategies as st

from model.text.hidden import Hidden


@given(st.text(st.sampled_from("a￭▁▅ \ufffd")))
def test_what_is_hidden_is_shown_again(text):
    hidden = Hidden("￭▁")
    assert not {"￭", "▁"} & set(hidden.hide(text))
    assert hidden.show(hidden.hide(text)) == text


def test_a_stand_in_in_a_text_is_lost():
    assert Hidden("￭▁").hide("a\ufdd0\ufdd1\ufdd2") == "a\ufffd\ufffd\ufdd2"
