import io
from collections import Counter

import pytest
from subword_nmt.learn_bpe import learn_bpe

from model.command import UserError
from workflow_scripts.learn_subwords import copies, learn_codes, oversampled_words


@pytest.mark.parametrize(
    ("count", "expected"), [(1000, (1, 0)), (300, (3, 100)), (170, (5, 150)), (40, (25, 0)), (7, (142, 6))]
)
def test_each_language_reaches_the_size_of_the_largest(count, expected):
    times, extra = copies(count, 1000)
    assert (times, extra) == expected and times * count + extra == 1000


def test_oversampled_counts_equal_those_of_copied_lines():
    lines = {"en": [["a"]] * 10, "gl": [["x", "y"], ["x"], ["z"]]}
    counts = oversampled_words(lines, seed=1)
    assert counts["a"] == 10
    # Three copies of each Galician line and one line drawn once more.
    extra = Counter({w: counts[w] - 3 * n for w, n in {"x": 2, "y": 1, "z": 1}.items()})
    assert +extra in (Counter(x=1, y=1), Counter(x=1), Counter(z=1))
    assert counts == oversampled_words(lines, seed=1)


def test_codes_are_those_of_subword_nmt_on_the_same_text():
    text = "low low lower newest newest newest widest\n" * 3
    expected = io.StringIO()
    learn_bpe(io.StringIO(text), expected, 8)
    assert learn_codes(Counter(text.split()), 8) == expected.getvalue()


def test_more_merges_than_the_text_supports_are_refused():
    with pytest.raises(UserError, match=r"subwords.merges: 500 are asked for, the text supports \d+"):
        learn_codes(Counter({"low": 3, "lower": 2}), 500)
