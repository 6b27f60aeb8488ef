"""Settings of the steps of substitution."""

from pydantic import Field

from model.records import Strict
from workflow_scripts.study.preparation import Substitution


class Substituting(Strict):
    """Settings of `substitute` for one direction."""

    substitution: Substitution
    side: str | None = Field(description="language whose words are substituted; null if it is not in the direction")
    dictionaries: list[str] = Field(description="dictionaries that words are taken from: en-es, …")
    seed: int


class Coverage(Strict):
    """Settings of `coverage`."""

    shards: list[str] = Field(description="folders of substituted shards")
