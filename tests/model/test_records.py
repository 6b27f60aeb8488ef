"""Records: keys of other tools, and values that YAML reads as something else than is meant."""

from typing import Annotated, Literal

import pytest
from pydantic import Field, ValidationError

from model.config.model import ModelConfig
from model.config.search import SearchConfig
from model.config.training import TrainingConfig
from model.records import ELSEWHERE, Strict, first_mistake
from tests.workflow.keys import PARTS

INSIDE = Annotated[int, Field(gt=0)]


class Record(Strict):
    """A record with a field of each kind."""

    whole: int = 1
    share: float = 0.5
    maybe: INSIDE | None = None
    wholes: list[INSIDE] = []
    by_name: dict[str, int] = {}
    betas: tuple[float, float] = (0.9, 0.98)
    switch: bool = False
    either: bool | int = 0
    name: str = "a"
    kind: Literal["a", "b"] = "a"


NO_WHOLE = "is no whole number; write it without a point"
NO_NUMBER = "is no number (to YAML, yes, no, on and off are true and false)"
MISTAKES = [
    ({"whole": 1.0}, f"whole: 1.0 {NO_WHOLE}"),
    ({"whole": 1e6}, f"whole: 1000000.0 {NO_WHOLE}"),
    ({"whole": True}, f"whole: true {NO_NUMBER}"),
    ({"whole": False}, f"whole: false {NO_NUMBER}"),
    ({"whole": float("inf")}, f"whole: inf {NO_WHOLE}"),
    ({"maybe": 2.0}, f"maybe: 2.0 {NO_WHOLE}"),
    ({"maybe": True}, f"maybe: true {NO_NUMBER}"),
    ({"wholes": [1, 2.0]}, f"wholes.1: 2.0 {NO_WHOLE}"),
    ({"by_name": {"gl": 1.0}}, f"by_name.gl: 1.0 {NO_WHOLE}"),
    ({"share": True}, f"share: true {NO_NUMBER}"),
    ({"betas": [0.9, True]}, f"betas.1: true {NO_NUMBER}"),
    ({"share": float("nan")}, "share: nan is no finite number"),
    ({"share": float("-inf")}, "share: -inf is no finite number"),
    ({"betas": [0.9, float("inf")]}, "betas.1: inf is no finite number"),
    ({"whole": "x"}, "whole: 'x' is no whole number"),
    ({"share": "x"}, "share: 'x' is no number"),
    ({"wholes": 5}, "wholes: 5 is no list; write [one, another]"),
    ({"by_name": [1]}, "by_name: is no mapping; write {key: value}"),
    ({"by_name": {False: 1}}, "by_name.a key: is false to YAML, as yes, no, on and off are; write it in quotes"),
    ({"name": 2026}, "name: 2026 is no text; write it in quotes"),
    ({"name": False}, "name: is false to YAML, as yes, no, on and off are; write it in quotes"),
    ({"switch": "maybe"}, "switch: 'maybe' is neither true nor false"),
    ({"kind": "c"}, "kind: Input should be 'a' or 'b', not 'c'"),
]


@pytest.mark.parametrize(("settings", "message"), MISTAKES)
def test_a_mistake_is_said_in_plain_words(settings, message):
    with pytest.raises(ValidationError) as error:
        Record.model_validate(settings)
    assert first_mistake(error.value) == message


def test_what_is_meant_is_taken():
    taken = {"whole": "5", "share": 1, "maybe": None, "wholes": [3], "switch": True, "either": True, "betas": [1, 0.5]}
    record = Record.model_validate(taken)
    assert (record.whole, record.share, record.betas, record.either) == (5, 1.0, (1.0, 0.5), True)


def test_keys_of_other_tools_are_answered_with_ours():
    known = {name for schema in PARTS.values() for name in schema.model_fields}
    assert set(ELSEWHERE.values()) <= known and not set(ELSEWHERE) & known
    for schema, key, ours in (
        (TrainingConfig, "lr", "learning_rate"),
        (TrainingConfig, "max_tokens", "batch_tokens"),
        (TrainingConfig, "max-tokens", "batch_tokens"),
        (TrainingConfig, "update_freq", "batches_per_update"),
        (ModelConfig, "dim-emb", "width"),
        (SearchConfig, "beam-size", "beam"),
    ):
        with pytest.raises(ValidationError) as error:
            schema.model_validate({key: 1})
        assert first_mistake(error.value) == f"unknown {key!r}; here it is called {ours!r}"
    with pytest.raises(ValidationError) as error:
        SearchConfig.model_validate({"lr": 1})
    assert "here it is called" not in first_mistake(error.value)
