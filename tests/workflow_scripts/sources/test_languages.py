"""One canonical code a language, however it is written, and the spelling of every source."""

import pytest

from model.command import UserError
from model.text.languages import AMBIGUOUS, canonical, short
from workflow_scripts.directions import parse_pair
from workflow_scripts.sources.datasets import catalogue
from workflow_scripts.sources.languages import native


@pytest.mark.parametrize(
    ("written", "code", "shown"),
    [
        ("gl", "glg_Latn", "gl"),
        ("glg", "glg_Latn", "gl"),
        ("glg_Latn", "glg_Latn", "gl"),
        ("zh_CN", "zho_Hans", "zh_Hans"),
        ("zh_cn", "zho_Hans", "zh_Hans"),
        ("zho_Hant", "zho_Hant", "zh_Hant"),
        ("zh_TW", "zho_Hant", "zh_Hant"),
        ("pt", "por_Latn", "pt"),
        ("pt_BR", "por_Latn_BR", "pt_BR"),
        ("ar", "arb_Arab", "ar"),
        ("arb", "arb_Arab", "ar"),
        ("lv", "lvs_Latn", "lv"),
        ("mn", "khk_Cyrl", "mn"),
        ("ko", "kor_Hang", "ko"),
        ("tl", "tgl_Latn", "tl"),
        ("nb", "nob_Latn", "nb"),
        ("swh", "swh_Latn", "swh"),
        ("sr_Cyrl", "srp_Cyrl", "sr_Cyrl"),
        ("kmb", "kmb_Latn", "kmb"),
        ("swc", "swc_Latn", "swc"),
        ("bul", "bul_Cyrl", "bg"),
        ("jpn", "jpn_Jpan", "ja"),
        ("mon", "khk_Cyrl", "mn"),
    ],
)
def test_every_spelling_has_one_canonical_and_one_short_code(written, code, shown):
    assert canonical(written) == code and short(code) == shown and canonical(shown) == code


@pytest.mark.parametrize("code", ["zh", "zho", "no", "nor", "sw", "ms", "sr"])
def test_an_ambiguous_code_is_refused_with_its_candidates(code):
    with pytest.raises(UserError, match=f"'{code}' is ambiguous: say .+ or ") as error:
        canonical(code)
    two = {"zho": "zh", "nor": "no"}.get(code, code)
    assert all(candidate in str(error.value) and canonical(candidate) for candidate in AMBIGUOUS[two])


@pytest.mark.parametrize("code", ["xx", "klingon", "en-gl", "", "qaa", "../en", "en gl", "e", "12"])
def test_what_is_no_language_is_refused(code):
    with pytest.raises(UserError, match="unknown language"):
        canonical(code)


def test_all_languages_of_flores_200_keep_their_code():
    codes = list(catalogue("flores200")["flores200/1@dev"].datasets)
    assert len(codes) > 100
    for code in codes:
        assert canonical(short(canonical(code))) == canonical(code)


@pytest.mark.parametrize(
    ("source", "style", "code", "expected"),
    [
        ("opus", "alpha2", "swh_Latn", "sw"),
        ("opus", "alpha2", "zsm_Latn", "ms"),
        ("opus", "alpha2", "srp_Cyrl", "sr"),
        ("opus", "alpha2", "por_Latn_BR", "pt_BR"),
        ("opus", "alpha2", "zho_Hans", "zh_CN"),
        ("muse", "alpha2", "zho_Hans", "zh"),
        ("muse", "alpha2", "nob_Latn", "no"),
        ("freedict", "alpha3", "nob_Latn", "nor"),
        ("freedict", "alpha3", "swh_Latn", "swh"),
        ("ntrex", "alpha3", "swh_Latn", "swa"),
        ("ntrex", "alpha3", "srp_Cyrl", "srp-Cyrl"),
        ("wmt", "alpha2", "zho_Hans", "zh"),
        ("flores200", "flores", "glg_Latn", "glg_Latn"),
    ],
)
def test_each_source_spells_languages_its_own_way(source, style, code, expected):
    assert native(source, style, code) == expected


def test_a_script_that_a_source_does_not_tell_apart_is_refused():
    with pytest.raises(UserError, match="opus has no name for sr_Latn, only for its language; give the item the key"):
        native("opus", "alpha2", "srp_Latn")


def test_a_pair_is_two_short_codes_in_order():
    assert parse_pair("glg_Latn-en") == ("en", "gl") and parse_pair("zh_CN-en") == ("en", "zh_Hans")
    for text in ("en", "en-en", "en-eng", "en-gl-es", "en_gl"):
        with pytest.raises(UserError):
            parse_pair(text)
