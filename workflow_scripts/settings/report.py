"""What the steps of `report` are told."""

from typing import Any, Literal

from pydantic import Field

from model.config.run import RunConfig
from model.records import Strict


class UsedDataset(Strict):
    """A dataset that a model learned from, as a part of a text or dictionary."""

    model: str = Field(description="the model, or one that it was made from")
    kind: Literal["text", "dictionary"]
    name: str = Field(description="of a text, `en-gl` or `gl`; of a dictionary its direction")
    dataset: str
    licence: str


class Card(Strict):
    """What `model_card` is told of a model."""

    run: str
    label: str | None
    directions: list[str]
    languages: dict[str, str] = Field(description="code → code with the script")
    others: list[str] = Field(description="languages that only models have which it was made from")
    teachers: list[str] = Field(description="models that it starts from or whose translations it learns from")
    start: str | None = Field(description="model or folder that it starts from")
    elsewhere: list[str] = Field(description="folders of models that are none of the study's")
    licences: list[str]
    config: RunConfig
    kinds: list[str] = Field(description="of its shards")
    limits: dict[str, int] = Field(description="text → segments kept at most")
    test_sets: dict[str, list[str] | None] = Field(description="test set → its datasets; none for one held out")
    command: str = Field(description="that translates its first direction as the study does")
    sampling: bool = Field(description="whether the study's search draws words at random")
    datasets: list[UsedDataset] = Field(
        description="that it learned from, by itself or through the models it was made from"
    )
    fetched: dict[str, list[str]] = Field(description="file → the datasets in it that the model learned from")
    scores: list[str] = Field(description="files")


class Report(Strict):
    """What `report` is told."""

    study: dict[str, Any] = Field(description="the whole study, as study.json has it")
    tables: list[str]
    figures: list[str]
    models: list[str]
    labels: dict[str, str] = Field(description="run → what people are shown")
    translations: list[tuple[str, str, str]] = Field(description="(model, test set, direction)")
    texts: list[str]
    fetched: list[str] = Field(description="files, each with a manifest beside it")
