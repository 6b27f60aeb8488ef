import sys

import pyarrow as pa
import pytest

from model.command import UserError
from workflow_scripts.filters import identification
from workflow_scripts.filters.identification import IDENTIFIERS, labels_of, language
from workflow_scripts.filters.segments import Segments

# Some labels of py3langid and of heliport.
TWO_LETTERS = (
    "en", "zh", "wuu", "yue", "ja", "sw", "no", "nn", "da", "hr", "bs", "sr", "ar", "arz", "pt", "id", "ms", "fa", "hi",
    "he", "hbo", "ku", "sdh", "uz", "zxx",
)  # fmt: skip
THREE_LETTERS = (
    "eng", "cmn", "cdo", "jpn", "swa", "nob", "nno", "dan", "hbs", "ara", "lav", "mon", "msa", "pes", "hin", "uzn",
    "pbt", "tgl", "estvro", "und",
)  # fmt: skip


@pytest.mark.parametrize(
    ("code", "two", "three"),
    [
        ("eng_Latn", {"en"}, {"eng"}),
        ("zho_Hans", {"zh", "wuu", "yue", "ja"}, {"cmn", "cdo", "jpn"}),
        ("zho_Hant", {"zh", "wuu", "yue", "ja"}, {"cmn", "cdo", "jpn"}),
        ("yue_Hant", {"zh", "wuu", "yue", "ja"}, {"cmn", "cdo", "jpn"}),
        ("swh_Latn", {"sw"}, {"swa"}),
        ("nob_Latn", {"no", "nn"}, {"nob", "nno"}),
        ("nno_Latn", {"no", "nn"}, {"nob", "nno"}),
        ("dan_Latn", {"da"}, {"dan"}),
        ("hrv_Latn", {"hr", "bs", "sr"}, {"hbs"}),
        ("bos_Latn", {"hr", "bs", "sr"}, {"hbs"}),
        ("srp_Cyrl", {"hr", "bs", "sr"}, {"hbs"}),
        ("srp_Latn", {"hr", "bs", "sr"}, {"hbs"}),
        ("arb_Arab", {"ar", "arz"}, {"ara"}),
        ("acm_Arab", {"ar", "arz"}, {"ara"}),
        ("arb_Latn", set(), set()),
        ("lvs_Latn", set(), {"lav"}),
        ("khk_Cyrl", set(), {"mon"}),
        ("ind_Latn", {"id", "ms"}, {"msa"}),
        ("zsm_Latn", {"id", "ms"}, {"msa"}),
        ("min_Arab", set(), set()),
        ("prs_Arab", {"fa"}, {"pes"}),
        ("bho_Deva", {"hi"}, {"hin"}),
        ("heb_Hebr", {"he", "hbo"}, set()),
        ("ckb_Arab", {"ku", "sdh"}, set()),
        ("pbt_Arab", set(), {"pbt"}),
        ("uzn_Latn", {"uz"}, set()),  # heliport knows only Uzbek in Cyrillic letters
        ("por_Latn_BR", {"pt"}, set()),
        ("kmb_Latn", set(), set()),
    ],
)
def test_labels_that_an_identifier_cannot_tell_apart_count_together(code, two, three):
    assert labels_of("py3langid", code, TWO_LETTERS) == two
    assert labels_of("heliport", code, THREE_LETTERS) == three


def test_a_language_counts_with_others_in_both_directions():
    every = (*TWO_LETTERS, "el", "grc", "tl", "fil")
    codes = ("zho_Hans", "yue_Hant", "jpn_Jpan", "hrv_Latn", "bos_Latn", "srp_Cyrl", "nob_Latn", "nno_Latn", "ind_Latn")
    sets = {labels_of("py3langid", code, every) for code in codes}
    assert len(sets) == 4 and sum(map(len, sets)) == len(frozenset.union(*sets))


def test_an_identifier_that_cannot_decide_has_no_score(monkeypatch):
    monkeypatch.setitem(IDENTIFIERS, "heliport", lambda: (lambda line: ("und", 2.0), ["eng", "por", "und"]))
    assert language(pairs(("a", "b")), "heliport").tolist() == [False]
    assert language(pairs(("a", "b")), "heliport", min=0.1).tolist() == [True]


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
