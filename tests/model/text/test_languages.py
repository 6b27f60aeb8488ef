"""One canonical code a language, however it is written."""

import pytest

from model.command import UserError
from model.text.languages import AMBIGUOUS, canonical, short


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
