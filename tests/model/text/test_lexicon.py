import pyarrow as pa
import pytest

from model.text import lexicon as module
from model.text.lexicon import Lexicon
from model.text.segmenters import SEGMENTERS

LINES = ["The end. The well-known file (a).", "", "Don't! See No. 5, please. thanks", "The end.", "'odd' , it's"]


def lexicon(segmenter="moses", encode=lambda words: [[len(word)] for word in words]):
    return Lexicon("en", SEGMENTERS[segmenter], encode)


def spelt(lexicon, numbers):
    return [[lexicon.words[number] for number in numbers[i]] for i in range(len(numbers))]


@pytest.mark.parametrize("segmenter", ["words", "messages", "characters", "spaces", "moses"])
def test_lines_are_split_as_their_segmenter_does(segmenter):
    words = lexicon(segmenter)
    expected = [SEGMENTERS[segmenter].split(line, "en") for line in LINES]
    assert spelt(words, words.split(LINES)) == expected
    assert spelt(words, words.split(pa.array(LINES[::-1]))) == expected[::-1]


def test_each_word_is_encoded_once():
    asked = []
    words = lexicon(encode=lambda new: asked.extend(new) or [[len(word)] * 2 for word in new])
    for lines in (LINES, LINES[:2], ["The file"]):
        numbers = words.split(lines)
        ids = words.ids().of_lists(numbers)
        assert [ids[i].tolist() for i in range(len(lines))] == [
            [len(word) for word in line for _ in range(2)] for line in spelt(words, numbers)
        ]
    assert len(asked) == len(set(zip(words.words, words.whole, strict=True))) == len(words.words)


@pytest.mark.parametrize("segmenter", ["words", "messages", "moses"])
def test_whole_words_are_told_from_parts_of_what_stands_between_spaces(segmenter):
    words = lexicon(segmenter)
    numbers = words.split(["Don't open (well-known) files, or 'quoted' ones."])[0]
    whole = [words.words[number] for number in numbers if words.whole[number]]
    assert whole == ["open", "files", "or", "quoted", "ones"]


def test_a_word_that_ends_in_a_vowel_sign_is_whole_beside_punctuation():
    words = lexicon("words")
    numbers = words.split(["(हिन्दी)। दो-तीन، می\u200cخواهم، don’t"])[0]
    assert [words.words[n] for n in numbers if words.whole[n]] == ["हिन्दी", "می\u200cخواهم"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("it is well-known well", ["it", "is", "well"]),
        ("'tis well-known well", []),  # split as a whole line: which `well` is which is not known
        ("'tis well known", ["well", "known"]),
    ],
)
def test_a_word_that_is_also_part_of_another_is_not_taken_for_whole(line, expected):
    words = lexicon()
    numbers = words.split([line])[0]
    found = [words.words[number] for number in numbers if words.whole[number]]
    assert found == expected


def test_words_that_were_forgotten_change_nothing(monkeypatch):
    lines = [f"word{i} and word{i + 1}. Then" for i in range(50)]
    plain, forgetful = lexicon(), lexicon()
    expected = [spelt(plain, plain.split([line])) for line in lines]
    monkeypatch.setattr(module, "MOST_WORDS", 5)
    assert [spelt(forgetful, forgetful.split([line])) for line in lines] == expected
    assert plain.generation == 0 and forgetful.generation > 5 and len(forgetful.words) < 12


def test_odd_characters_are_no_reason_to_stop():
    words = lexicon()
    lines = ["a\u2028b", "a\x00b", "a\ud800b", "x" * 5000, "\u3000", " a  b "]
    got = spelt(words, words.split(lines))
    assert got[0] == ["a", "b"] and got[1] == ["ab"] and got[2] == ["a", "�", "b"] and got[3] == ["x" * 5000]
    assert got[4] == [] and got[5] == ["a", "b"]
