import copy
import json

import jsonschema
import pytest
import yaml

from tests import ROOT
from workflow_scripts.study.write_schema import keys_page, kind_of, study_schema

STUDIES = [ROOT / "config.yaml", *sorted((ROOT / "studies").glob("*.yaml"))]


def read(path):
    return json.loads(json.dumps(yaml.safe_load(path.read_text(encoding="utf-8"))))  # keys are strings in JSON


def test_the_files_in_docs_are_current():
    """`python -m workflow_scripts.study.write_schema docs/study.schema.json docs/keys.md` makes them so."""
    assert json.loads((ROOT / "docs/study.schema.json").read_text(encoding="utf-8")) == study_schema()
    assert (ROOT / "docs/keys.md").read_text(encoding="utf-8") == keys_page(study_schema())


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.name)
def test_every_study_here_fits_the_schema(path):
    jsonschema.Draft202012Validator(study_schema()).validate(read(path))


@pytest.mark.parametrize(
    "change",
    [
        {"sede": 1},
        {"seed": "one"},
        {"runs": {"a": {"train_on": "all", "objective": {}}}},
        {"runs": {"a": {"train_on": "all", "objectives": {"cd": {"mask_ratio": 2}}}}},
        {"runs": {"a": {"train_on": "all", "training": {"updats": 3}}}},
        {"figures": {"f": {"kind": "pruning", "runs": ["a"], "ratios": [2]}}},
        {"figures": {"f": {"kind": "curves", "runs": ["a"]}}},
        {"filters": {"emtpy": {}}},
        {"model": {"preset": "huge"}},
        {"corpora": [5]},
    ],
)
def test_what_a_study_may_not_say_does_not_fit(change):
    study = copy.deepcopy(read(ROOT / "config.yaml")) | change
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(study_schema()).validate(study)


def test_kinds_in_a_few_words():
    assert kind_of({"type": "integer", "exclusiveMinimum": 0}) == "integer above 0"
    assert kind_of({"type": "array", "items": {"enum": ["a", "b"]}}) == "list of `a` or `b`"
    assert kind_of({"anyOf": [{"$ref": "#/$defs/Item"}, {"type": "null"}]}) == "[Item](#item) or null"
    assert kind_of({"type": "object", "additionalProperties": {"type": "number", "maximum": 1}}) == "name → number to 1"
