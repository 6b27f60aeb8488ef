import sys

import pyarrow as pa
import pytest

from model.command import UserError
from workflow_scripts.filters import identification
from workflow_scripts.filters.identification import IDENTIFIERS, labels_of, language
from workflow_scripts.filters.segments import Segments

TWO_LETTERS = ("en", "zh", "yue", "sw", "no", "nn", "hr", "ar", "arz", "pt", "zxx")
THREE_LETTERS = ("eng", "cmn", "yue", "swa", "nob", "nno", "hbs", "ara", "lav", "mon", "msa", "estvro", "und")


@pytest.mark.parametrize(
    ("code", "two", "three"),
    [
        ("eng_Latn", {"en"}, {"eng"}),
        ("zho_Hans", {"zh"}, {"cmn"}),
        ("zho_Hant", {"zh"}, {"cmn"}),
        ("yue_Hant", {"yue"}, {"yue"}),
        ("swh_Latn", {"sw"}, {"swa"}),
        ("nob_Latn", {"no"}, {"nob"}),
        ("nno_Latn", {"nn"}, {"nno"}),
        ("hrv_Latn", {"hr"}, {"hbs"}),
        ("arb_Arab", {"ar"}, {"ara"}),
        ("lvs_Latn", set(), {"lav"}),
        ("khk_Cyrl", set(), {"mon"}),
        ("ind_Latn", set(), {"msa"}),
        ("por_Latn_BR", {"pt"}, set()),
        ("kmb_Latn", set(), set()),
    ],
)
def test_a_language_goes_by_its_own_label_or_by_that_of_its_group(code, two, three):
    assert labels_of(code, TWO_LETTERS) == two
    assert labels_of(code, THREE_LETTERS) == three


def pairs(*rows):
    columns = [pa.array(side) for side in zip(*rows, strict=True)]
    return Segments(pa.record_batch(columns, ["first", "second"]), ("en", "pt_BR"))


@pytest.fixture
def by_first_word(monkeypatch):
    """An identifier that reads label and confidence off the line."""
    asked = []

    def identify(line):
        asked.append(line)
        label, sure = line.split()
        return label, float(sure)

    monkeypatch.setitem(IDENTIFIERS, "heliport", lambda: (identify, list(TWO_LETTERS)))
    return asked


def test_sides_in_another_language_or_in_doubt_are_dropped(by_first_word):
    found = pairs(("en 0.9", "pt 0.9"), ("pt 0.9", "pt 0.9"), ("en 0.9", "en 0.9"), ("en 0.9", "pt 0.4"))
    assert language(found, "heliport").tolist() == [False, True, True, False]
    assert language(found, "heliport", min=0.5).tolist() == [False, True, True, True]


def test_only_rows_that_are_left_are_identified(by_first_word):
    found = pairs(("en 1", "pt 1"), ("zh 1", "pt 1.0"), ("x", "y"))
    found.left[2] = False
    assert language(found, "heliport").tolist() == [False, True, False]
    assert by_first_word == ["en 1", "zh 1", "pt 1"]


def test_an_identifier_that_is_missing_or_ignorant_is_one_line(by_first_word, monkeypatch):
    unknown = Segments(pa.record_batch([pa.array(["x"])], ["first"]), ["kmb"])
    with pytest.raises(UserError, match="heliport does not know kmb_Latn; switch it off"):
        language(unknown, "heliport")
    monkeypatch.setitem(sys.modules, "py3langid.langid", None)
    identification._py3langid.cache_clear()
    with pytest.raises(UserError, match="py3langid is not installed; run pip install py3langid"):
        language(unknown, "py3langid")


@pytest.mark.parametrize("name", ["heliport", "py3langid"])
def test_the_real_identifiers_where_they_are_installed(name):
    pytest.importorskip(name)
    found = pairs(
        ("This is a sentence in the English language.", "Esta frase foi escrita em português do Brasil."),
        ("Esta frase foi escrita em português do Brasil.", "This is a sentence in the English language."),
    )
    assert language(found, name).tolist() == [False, True]
