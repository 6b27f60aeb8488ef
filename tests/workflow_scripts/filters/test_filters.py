import pyarrow as pa
import pytest
from pydantic import ValidationError

from model.command import UserError
from model.records import first_mistake
from workflow_scripts.filters import DEFAULT, FILTERS, LAST, SCHEMAS, merged, reasons
from workflow_scripts.filters.segments import Segments

SOFTWARE = merged(DEFAULT, {"identifiers": True, "placeholders": True})


def segments(*rows, languages=("en", "gl"), **scores):
    columns = [pa.array(side, pa.string()) for side in zip(*rows, strict=True)]
    names = ["first", "second"][: len(languages)]
    arrays = [*columns, *(pa.array(values, pa.float32()) for values in scores.values())]
    return Segments(pa.record_batch(arrays, [*names, *scores]), languages)


def first_reason(first, second, filters):
    found = reasons(segments((first, second)), filters)
    return next((name for name, mask in found.items() if mask[0]), None)


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ("Open the file", "Abrir o ficheiro", None),
        ("", "x", "empty"),
        ("\ufeff \u2028", "x", "empty"),
        ("word " * 101, "palabra", "words"),
        ("a" * 61, "b", "word_length"),
        ("yes", "non, de ningún xeito se pode facer isto agora", "ratio"),
        ("--- *** ---", "--- ** ---", "letters"),
        ("https://example.org ...", "enderezo ...", "letters"),
        ("<b class=a>...</b>", "texto", "letters"),
        ("Same", "Same", "identical"),
        ("Same &amp; more", "Same &  more", "identical"),
        ("label_title", "Título", None),
        ("Deleted %d files", "Borrados os ficheiros", None),
        ("{laughs}", "{risos}", None),
        ("%s of $h %s", "%s de $h %s", "letters"),
        ("{a} and {b} here", "{b} e {a} aquí", None),
        ("Open all files.", "सभी फ़ाइलें खोलें।", "script"),
    ],
)
def test_the_first_reason_to_drop(first, second, reason):
    assert first_reason(first, second, DEFAULT) == reason


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ("label_title", "Título", "identifiers"),
        ("readme.md", "o ficheiro", "identifiers"),
        ("org.example.Name", "o nome", "identifiers"),
        ("foo.bar()", "unha función", "identifiers"),
        ("título_página", "o título", "identifiers"),
        ("1.txt", "o ficheiro", "identifiers"),
        ("файл.txt", "o ficheiro", "identifiers"),
        ("Deleted %d files", "Borrados os ficheiros", "placeholders"),
        ("It costs $HOME", "Custa o fogar", "placeholders"),
        ("It costs $US 5", "Custa 5 dólares", None),
        ("{a} and {b} here", "{b} e {a} aquí", None),
    ],
)
def test_the_filters_for_messages_of_software(first, second, reason):
    found = reasons(segments((first, second)), {**SOFTWARE, "script": None})
    assert next((name for name, mask in found.items() if mask[0]), None) == reason


@pytest.mark.parametrize(
    "text",
    [
        "U.S.", "U.S", "O.K.", '"U.S."', "e.g.", "Ph.D.", "p.ej.", "J.R.R.Tolkien", "3.5", "2.0", "3.5GB", "$US",
        "{rires}", "去年增长率达到3.5%。", "会议将于明天10.30开始。", "バージョン2.0は3月に", "เป็น3.5เปอร์เซ็นต์",
        "កំណើនមាន៧.១ភាគរយ។", "打开file.txt",
    ],
)  # fmt: skip
def test_no_identifier_is_a_number_an_abbreviation_or_a_clause_without_spaces(text):
    assert not FILTERS["identifiers"](segments((text, "calquera cousa"))).any()


def test_settings_of_a_study_reach_the_filter():
    assert first_reason("a b c", "d e f", {"words": {"max": 2}}) == "words"
    assert first_reason("a b c", "d e f", {"words": {"max": 3}}) is None
    assert first_reason("a b c", "d e f", {"words": None}) is None


def test_filters_are_tried_in_the_order_of_the_table_whatever_a_study_writes_first():
    assert first_reason("", "", merged({}, {"identical": True, "empty": True})) == "empty"
    assert list(SCHEMAS) == [*FILTERS, LAST]


def test_characters_are_code_points_of_the_normal_form():
    found = segments(("e\u0301tat", "ab"), ("état", "abcde"))
    assert FILTERS["characters"](found, min=2, max=4).tolist() == [False, True]
    assert FILTERS["characters"](found, min=3, max=9).tolist() == [True, False]


@pytest.mark.parametrize(
    ("language", "text", "least", "dropped"),
    [
        ("en", "plain text", 1.0, False),
        ("en", "нет", 0.1, True),
        ("ru", "это text", 0.43, True),  # 3 of 7 letters, 0.4286
        ("ru", "это text", 0.42, False),
        ("ja", "ひらがなカタカナ漢字", 1.0, False),
        ("ko", "한국어 韓國", 1.0, False),
        ("zh_Hans", "汉字 abc", 0.71, True),  # 7 of 10, for a character counts as 3.5 letters
        ("zh_Hans", "汉字 abc", 0.69, False),
        ("zh_Hant", "漢字ㄅ", 1.0, False),
        ("hi", "हिन्दी", 1.0, False),
        ("sr_Latn", "ћирилица", 0.5, True),
        ("en", "12 %", 1.0, False),
    ],
)
def test_letters_of_another_script_than_the_languages(language, text, least, dropped):
    other = segments((text, "galego"), languages=(language, "gl"))
    assert FILTERS["script"](other, min=least).tolist() == [dropped]


def test_web_addresses():
    found = segments(("See https://a.org/b now", "x"), ("https://example.org/page", "x"), ("no address: //", "x"))
    assert FILTERS["urls"](found).tolist() == [True, True, False]  # 15 of 21 visible characters, all, none
    assert FILTERS["urls"](found, max=0.75).tolist() == [False, True, False]
    assert FILTERS["urls"](segments(("a", "long words beside www.x.org here")), max=0).tolist() == [True]


def test_scores_of_mined_text():
    found = segments(("a", "b"), ("c", "d"), ("e", "f"), laser=[1.05, 1.0, None], lid=[0.5, 0.9, 0.9])
    assert FILTERS["score"](found, min={"laser": 1.04}).tolist() == [False, True, True]
    assert FILTERS["score"](found, min={"laser": 0.9, "lid": 0.8}).tolist() == [True, False, True]
    with pytest.raises(UserError, match="no column 'bicleaner' but laser, lid"):
        FILTERS["score"](found, min={"bicleaner": 0.5})


def test_filters_that_compare_sides_are_silent_on_monolingual_text():
    text = segments(["Just %d lines"], ["Same"], languages=["gl"])
    assert [FILTERS[n](text).any() for n in ("ratio", "identical", "placeholders")] == [False] * 3
    assert FILTERS["words"](text, min=2).tolist() == [False, True]


def test_what_a_study_or_a_corpus_says_changes_the_filters_that_it_names():
    before = {"words": {"min": 2, "max": 60}, "letters": {"min": 0.5}}
    own = {"urls": {"max": 0.0}, "words": {"max": 9}, "letters": None}
    assert merged(before, own) == {"words": {"min": 2, "max": 9}, "letters": None, "urls": {"max": 0.0}}
    assert list(merged(before, own)) == ["words", "letters", "urls"]
    assert merged(before, {}) == merged(before, {"only": False}) == before
    assert merged(before, {"letters": False}) == merged(before, {"letters": None}) == {**before, "letters": None}
    assert merged(before, {"identifiers": True}) == merged(before, {"identifiers": {}}) == {**before, "identifiers": {}}
    assert merged(before, {"words": True}) == before
    assert merged(before, {"only": True, "words": {"max": 9}}) == {"words": {"min": 2, "max": 9}, "letters": None}
    assert merged({"ratio": None}, {"ratio": True}) == {"ratio": {"max": 3.0, "slack": 15}}


@pytest.mark.parametrize(
    ("name", "settings", "mistake"),
    [
        ("words", {"maxi": 3}, "unknown 'maxi'; did you mean 'max'?"),
        ("letters", {"min": 1.5}, "min: Input should be less than or equal to 1, not 1.5"),
        ("score", {}, "min: missing; add it"),
        ("language", {"identifier": "cld2"}, "identifier: Input should be 'heliport' or 'py3langid', not 'cld2'"),
        ("duplicates", {"by": ["third"]}, "by.0: Input should be 'pair', 'first' or 'second', not 'third'"),
    ],
)
def test_settings_are_checked_against_the_filters_parameters(name, settings, mistake):
    with pytest.raises(ValidationError) as error:
        SCHEMAS[name].model_validate(settings)
    assert first_mistake(error.value) == mistake


def test_defaults_are_settings_that_every_filter_takes():
    for name, settings in DEFAULT.items():
        assert SCHEMAS[name].model_validate(settings).model_dump(mode="json") == settings
    assert DEFAULT["ratio"] == {"max": 3.0, "slack": 15}
    assert not {"identifiers", "placeholders", "characters", "urls", "score", "language"} & set(DEFAULT)
    assert SCHEMAS["words"]().model_dump() == {"min": 1, "max": 100}
