"""How each source spells languages."""

import pytest

from model.command import UserError
from model.text.languages import canonical, short
from workflow_scripts.sources.datasets import catalogue
from workflow_scripts.sources.languages import native


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
