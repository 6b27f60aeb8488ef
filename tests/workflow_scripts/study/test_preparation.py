"""The filters of a study: merged with the defaults, and with those of its corpora."""

import pytest

from workflow_scripts.filters import DEFAULT, SCHEMAS, merged
from workflow_scripts.study.read import parse_study, to_json


def study(filters, own=None):
    """A study with filters, and with filters of its corpus."""
    corpus = {"id": "file:mine/1", "files": {"en": "a.en", "gl": "a.gl"}, "filters": own or {}}
    keys = {"study": "mine", "corpora": [corpus], "pairs": {"all": ["en-gl"]}, "runs": {"direct": {"train_on": "all"}}}
    return parse_study({**keys, "filters": filters}, "mine.yaml")


FILTERS = [
    {},
    {"ratio": {"max": 2.0}},
    {"ratio": None, "words": False, "identifiers": True},
    {"only": True, "empty": {}, "score": {"min": {"laser": 1.06}}},
]


@pytest.mark.parametrize("own", FILTERS)
@pytest.mark.parametrize("said", FILTERS)
def test_a_study_holds_the_numbers_of_all_its_filters(said, own):
    full = to_json(study(said, own))
    for filters in (full["filters"], full["corpora"][0]["filters"]):
        for name, found in filters.items():
            assert found is None or list(found) == list(SCHEMAS[name].model_fields)
    assert to_json(parse_study(full, "x")) == full
    used = merged(full["filters"], full["corpora"][0]["filters"])
    assert used == merged(merged(DEFAULT, said), own)


def test_filters_of_a_study_change_the_defaults():
    filters = study({"ratio": {"max": 2.0}, "letters": False}).filters
    assert filters == {**DEFAULT, "ratio": {"max": 2.0, "slack": 15}, "letters": None}
    only = study({"only": True, "ratio": {}}).filters
    assert only == {**dict.fromkeys(DEFAULT), "ratio": {"max": 3.0, "slack": 15}}
