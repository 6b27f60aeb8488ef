import pytest

from model.command import UserError
from model.text.segmenters import SEGMENTERS, check_segmenters, segmenter, segmenter_name


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("A well-known fact, isn't it?", ["A", "well", "@-@", "known", "fact", ",", "isn", "'t", "it", "?"]),
        ('He said: "5 & 6".', ["He", "said", ":", '"', "5", "&", "6", '"', "."]),
    ],
)
def test_moses_splits_hyphens_and_escapes_nothing(line, words):
    assert SEGMENTERS["moses"].split(line, "en") == words


def test_words_between_spaces_are_taken_as_they_are():
    spaces = SEGMENTERS["spaces"]
    assert spaces.split(" ein\u3000Wort, zwei  ", "de") == ["ein", "Wort,", "zwei"]
    assert spaces.join(["ein", "Wort,"], "de") == "ein Wort,"
    assert spaces.chunks("de").words_of_chunks(["ein", "", "Wort,"], 0) == [["ein"], [], ["Wort,"]]


@pytest.mark.parametrize(
    ("language", "chosen", "name"),
    [
        ("en", {}, "words"),
        ("en", {"default": "messages"}, "messages"),
        ("en", {"en": "spaces", "default": "moses"}, "spaces"),
        ("zh_Hant", {}, "jieba"),
        ("ja", {"default": "messages"}, "mecab"),
        ("ja", {"ja": "characters"}, "characters"),
        ("ja_Latn", {}, "words"),
        ("yue", {}, "characters"),
        ("jv_Java", {}, "characters"),
        ("jv_Java", {"default": "moses"}, "characters"),
        ("bo_Latn", {}, "words"),
        ("ban_Bali", {"default": "spaces"}, "spaces"),
        ("mn_Mong", {}, "words"),
        ("zh_Hans", {"default": "spaces"}, "spaces"),  # SentencePiece
        ("th", {"default": "spaces", "th": "characters"}, "characters"),
    ],
)
def test_a_language_takes_its_own_row_then_its_default_then_the_default(language, chosen, name):
    assert segmenter_name(language, chosen) == name
    assert segmenter(language, chosen) is SEGMENTERS[name]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("moses_messages", "gl: moses_messages is replaced by messages, whose words are different"),
        ("moss", "gl: unknown 'moss'; did you mean 'moses'?"),
    ],
)
def test_a_name_that_is_no_row_is_refused_with_the_right_one(name, said):
    with pytest.raises(UserError) as error:
        check_segmenters({"default": "words", "gl": name})
    assert str(error.value) == said
