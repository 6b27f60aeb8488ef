"""What the steps of `substitution` are told."""

from pydantic import Field

from model.records import Strict
from workflow_scripts.study.preparation import Substitution


class Substituting(Strict):
    """What `substitute` is told of a direction."""

    substitution: Substitution
    side: str | None = Field(description="the language that is substituted; none where neither side is")
    dictionaries: list[str] = Field(description="those that words are taken from: en-es, …")
    seed: int


class Coverage(Strict):
    """What `coverage` is told."""

    shards: list[str] = Field(description="folders of substituted shards")
