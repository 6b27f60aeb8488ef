import pytest

from workflow_scripts.report.licences import asks_for, hub_name, strictest


@pytest.mark.parametrize(
    ("licence", "asked"),
    [
        ("unstated; see the corpus's page on OPUS", "unstated"),
        ("unstated; the subtitles' provider forbids commercial use (non-commercial, link-back)", "unstated"),
        ("CC BY-NC-ND, by the usage policy of TED (non-commercial, no-derivatives)", "no derivatives"),
        ("for research purposes only", "research only"),
        ("some terms (research-only, manual)", "research only"),
        ("CC-BY-NC-SA-4.0", "non-commercial"),
        ("terms of use of SADiLaR", "terms of its own"),
        ("GPL-2.0-or-later", "share alike"),
        ("CC-BY-SA-3.0", "share alike"),
        ("CC-BY-4.0", "attribution"),
        ("ODC-BY-1.0", "attribution"),
        ("CC0-1.0", "nothing"),
    ],
)
def test_a_licence_is_known_by_its_name_or_its_limits(licence, asked):
    assert asks_for(licence) == asked


def test_of_several_licences_those_hold_that_ask_for_most():
    assert strictest(["CC0-1.0", "MPL-2.0", "BSD-3-Clause", "GPL-2.0-only"]) == ["GPL-2.0-only", "MPL-2.0"]
    assert strictest(["CC-BY-NC-4.0", "unstated", "CC-BY-NC-4.0", "MIT"]) == ["unstated", "CC-BY-NC-4.0"]
    assert strictest(["unstated"]) == ["unstated"]
    assert strictest([]) == []


def test_the_hub_has_names_of_its_own():
    assert hub_name(["GPL-2.0-only", "GPL-2.0-or-later"]) == "gpl-2.0"
    assert hub_name(["CC-BY-NC-4.0 (non-commercial)"]) == "cc-by-nc-4.0"
    assert hub_name(["GPL-2.0-only", "MPL-2.0"]) == hub_name(["terms of use"]) == hub_name([]) == "other"
    assert hub_name(["unstated (the study's own text)"]) == "unknown"
    assert hub_name(["unstated (the study's own text)", "CC-BY-NC-4.0 (the model nllb-200)"]) == "other"
