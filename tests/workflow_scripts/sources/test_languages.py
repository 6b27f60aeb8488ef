"""How each source spells languages."""

import pytest

from model.command import UserError
from model.text.languages import canonical
from tests.model.text.test_languages import FLORES
from workflow_scripts.sources import SOURCES
from workflow_scripts.sources.datasets import catalogue
from workflow_scripts.sources.languages import locales, native

# What a source whose names have no script cannot name: the language is usually in another one.
OTHER_SCRIPT = {
    "ace_Arab", "arb_Latn", "bjn_Arab", "crh_Latn", "kas_Deva", "knc_Arab", "min_Arab", "srp_Latn", "taq_Tfng",
    "tzm_Tfng", "zho_Hant",
}  # fmt: skip


@pytest.mark.parametrize("split", ["dev", "devtest"])
def test_the_catalogue_has_all_languages_of_flores_200(split):
    record = catalogue("flores200")[f"flores200/1@{split}"]
    assert {canonical(code) for code in record.datasets} == set(FLORES)


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_every_language_of_flores_200_has_one_name_in_a_source_and_no_other_has_it(source):
    names = {}
    for code in FLORES:
        try:
            name = native(source.name, source.style, code)
        except UserError:
            assert code in OTHER_SCRIPT and source.style != "flores", code
        else:
            assert names.setdefault(name, code) == code


@pytest.mark.parametrize(
    ("source", "style", "code", "expected"),
    [
        ("opus", "alpha2", "swh_Latn", "sw"),
        ("opus", "alpha2", "zsm_Latn", "ms"),
        ("opus", "alpha2", "pbt_Arab", "ps"),
        ("opus", "alpha2", "azj_Latn", "az"),
        ("opus", "alpha2", "kmr_Latn", "ku"),
        ("opus", "alpha2", "prs_Arab", "prs"),
        ("opus", "alpha2", "twi_Latn", "tw"),
        ("opus", "alpha2", "aka_Latn", "ak"),
        ("opus", "alpha2", "acm_Arab", "acm"),
        ("opus", "alpha2", "crh_Latn", "crh"),
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


def test_locales_of_software_are_those_of_its_packages():
    assert [locales(code)[0] for code in ("azj", "kmr", "swh", "zsm", "gl")] == ["az", "ku", "sw", "ms", "gl"]


def test_a_script_that_a_source_does_not_tell_apart_is_refused():
    with pytest.raises(UserError, match="opus has no name for sr_Latn, only for its language; give the item the key"):
        native("opus", "alpha2", "srp_Latn")
