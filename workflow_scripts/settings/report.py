"""Settings of the steps that make the report and the model cards."""

from typing import Any, Literal

from pydantic import Field

from model.config.run import RunConfig
from model.records import Strict


class UsedDataset(Strict):
    """A dataset in a text or dictionary that a model was trained with."""

    model: str = Field(description="the model, or one of the models it depends on")
    kind: Literal["text", "dictionary"]
    name: str = Field(description="`en-gl` or `gl` of a text; the direction of a dictionary")
    dataset: str
    licence: str


class Card(Strict):
    """Settings of `model_card` for one model."""

    run: str
    label: str | None
    directions: list[str]
    languages: dict[str, str] = Field(description="code → code with the script")
    others: list[str] = Field(description="languages of the models it depends on, which it does not have itself")
    teachers: list[str] = Field(description="models it starts from, or whose translations it is trained on")
    start: str | None = Field(description="model or folder it starts from")
    elsewhere: list[str] = Field(description="model folders from outside the study")
    licences: list[str]
    config: RunConfig
    kinds: list[str] = Field(description="kinds of its shards")
    limits: dict[str, int] = Field(description="text → most segments kept")
    test_sets: dict[str, list[str] | None] = Field(description="test set → its datasets; null for one that is held out")
    seen: list[str] = Field(description="test sets whose segments were not taken out of the training text")
    command: str = Field(description="command that translates its first direction as the study does")
    sampling: bool = Field(description="whether its search draws words at random")
    datasets: list[UsedDataset] = Field(
        description="datasets it was trained with, also through the models it depends on"
    )
    fetched: dict[str, list[str]] = Field(description="file → the datasets in it that the model was trained with")
    scores: list[str] = Field(description="score files")


class Report(Strict):
    """Settings of `report`."""

    study: dict[str, Any] = Field(description="the whole study, as study.json has it")
    tables: list[str]
    figures: list[str]
    models: list[str]
    labels: dict[str, str] = Field(description="run → its name in the report")
    translations: list[tuple[str, str, str]] = Field(description="(model, test set, direction)")
    coverage: dict[str, str] = Field(description="variant of substitution → the table of its coverage")
    texts: list[str]
    fetched: dict[str, str] = Field(description="fetched file → its licence; each has a manifest beside it")
