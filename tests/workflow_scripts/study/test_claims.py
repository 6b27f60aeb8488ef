"""The keys of claims, and what they may name."""

import pytest

from model.command import UserError
from workflow_scripts.study.read import parse_study

CLAIM = {"claim": "ID helps", "source": "a paper", "paper": 1.2, "table": "main", "run": "idist"}
STUDY = {
    "study": "s",
    "corpora": ["gettext:p/1"],
    "pairs": {"all": ["en-gl", "en-pt"]},
    "runs": {"mmt": {"train_on": "all"}, "idist": {"train_on": "all", "intra_distillation": {"passes": 2}}},
}


def parsed(**keys):
    claim = {**CLAIM, **keys}
    tables = {
        "main": {"runs": ["mmt", "idist"], "baseline": "mmt", "groups": {"low": ["en-gl"]}},
        "alone": {"runs": ["mmt"]},
        "claims": {"kind": "claims", "claims": [{key: value for key, value in claim.items() if value is not None}]},
    }
    figures = {"spread": {"kind": "violin", "runs": ["mmt", "idist"]}, "curves": {"runs": ["mmt", "idist"]}}
    return parse_study({**STUDY, "tables": tables, "figures": figures}, "s.yaml").tables["claims"].claims[0]


def test_a_number_of_the_paper_has_its_sign():
    assert parsed().paper == "+1.2"
    assert parsed(paper=-3).paper == "-3"
    assert parsed(paper="lower").paper == "lower"


def test_a_claim_about_a_table_a_group_or_a_figure():
    assert parsed().column == "mean"
    assert parsed(column="low").column == "low"
    assert parsed(column="gl-en", expected={"within": 0.5}).expected.within == 0.5
    assert parsed(table=None, figure="spread", baseline="mmt", expected="lower").figure == "spread"
    assert len(parsed(less={"table": "main", "run": "idist", "column": "low"}).differences) == 2


MISTAKES = {
    "names no table and no figure, or both": {"figure": "spread"},
    "names no table": {"table": None},
    "claims.0.table: unknown 'alone'; known are main": {"table": "alone"},
    "claims.0.run: unknown 'mmt'": {"run": "mmt"},
    "claims.0.column: unknown 'high'": {"column": "high"},
    "claims.0.metric: unknown 'spbleu'": {"metric": "spbleu"},
    "claims.0.test_set: unknown 'tset'": {"test_set": "tset"},
    "a table has none": {"baseline": "mmt"},
    "a figure has none of its own": {"table": None, "figure": "spread"},
    "a figure has none; leave it out": {"table": None, "figure": "spread", "baseline": "mmt", "column": "low"},
    "claims.0.figure: unknown 'curves'": {"table": None, "figure": "curves", "baseline": "mmt"},
    "claims.0.baseline: unknown 'x'": {"table": None, "figure": "spread", "baseline": "x"},
    "claims.0.less.column: unknown": {"less": {"table": "main", "run": "idist", "column": "x"}},
}


@pytest.mark.parametrize(("message", "keys"), MISTAKES.items(), ids=MISTAKES)
def test_a_mistake_is_told_with_its_key(message, keys):
    with pytest.raises(UserError) as error:
        parsed(**keys)
    assert message in str(error.value)
    assert "tables.claims" in str(error.value)
