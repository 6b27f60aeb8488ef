"""The rows of `tables` in a study: what the keys of each kind may hold."""

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from model.command import UserError
from model.records import Strict, wrong
from workflow_scripts.directions import parse_direction
from workflow_scripts.study.fields import MetricName, Positive, each_once, parse_kind, short_pairs

Test = Literal["bootstrap", "randomisation"]
MEAN = "mean"  # the column of all directions
SAMPLED = 5  # segments of a direction that are shown, where a study does not say
Words = Annotated[str, Field(min_length=1)]


class Samples(Strict):
    """How often each test of significance draws; sacreBLEU's own numbers."""

    bootstrap: int = Field(1000, ge=100, description="resamples of the test set")
    randomisation: int = Field(10_000, ge=100, description="trials that swap segments of the two systems")


class Group(Strict):
    """Directions whose mean is a column: those of some pairs, some directions, or those with so much parallel text."""

    pairs: list[str] | None = None
    directions: list[str] | None = None
    more_than: int | None = Field(None, ge=0, description="pairs of segments to train on")
    at_most: int | None = Field(None, gt=0)

    @model_validator(mode="before")
    @classmethod
    def _pairs_alone(cls, data: Any) -> Any:
        return {"pairs": data} if isinstance(data, list) else data

    @model_validator(mode="after")
    def _of_one_kind(self) -> "Group":
        by_size = {self.more_than, self.at_most} != {None}
        if (self.pairs is not None) + (self.directions is not None) + by_size != 1:
            raise wrong("a group is a list of pairs, or {directions: […]}, or {more_than: …, at_most: …}; write one")
        return self

    @field_validator("pairs")
    @classmethod
    def _pairs(cls, pairs: list[str] | None) -> list[str] | None:
        return pairs and short_pairs(pairs)

    @field_validator("directions")
    @classmethod
    def _directions(cls, named: list[str] | None) -> list[str] | None:
        return named and parse_directions(named)


class Published(Strict):
    """What others report of a system, as a row of its own."""

    label: Words
    source: Words = Field(description="publication and table")
    metric: MetricName
    test_set: str | None = Field(None, description="of the table, whose rows it joins; its first by default")
    values: dict[str, float] = Field(min_length=1, description="direction → score")
    means: dict[str, float] = Field({}, description="group, or `mean` → what they give as the mean")

    @field_validator("values")
    @classmethod
    def _directions(cls, values: dict[str, float]) -> dict[str, float]:
        return dict(zip(parse_directions(list(values)), values.values(), strict=True))


class TableSettings(Strict):
    """What all kinds of tables are told by a study."""

    kind: str
    runs: list[str] = Field(min_length=1)
    default: bool = Field(True, description="whether the default target builds it, and the report shows it")

    @field_validator("runs", "test_sets", "metrics", check_fields=False)
    @classmethod
    def _each_once(cls, names: list[str]) -> list[str]:
        return each_once(names)

    @field_validator("directions", check_fields=False)
    @classmethod
    def _directions(cls, named: list[str] | None) -> list[str] | None:
        return named and parse_directions(named)


class ScoreTable(TableSettings):
    """A table of scores: rows systems, columns directions."""

    kind: Literal["scores"] = "scores"
    baseline: str | None = Field(None, description="the run that differences are taken to")
    significance: Test | Literal["none"] = Field("bootstrap", description="how differences are tested")
    test_sets: list[str] = Field(["test"], min_length=1)
    metrics: list[MetricName] = Field(["sacrebleu"], min_length=1)
    directions: list[str] | None = Field(None, min_length=1, description="columns; all by default")
    groups: dict[str, Group] = Field({}, description="name → directions whose mean gets a column")
    published: list[Published] = Field([], description="what others report")


class SampleTable(TableSettings):
    """A case study: segments of a test set, their references, and what systems made of them."""

    kind: Literal["samples"] = "samples"
    directions: list[str] = Field(min_length=1, description="each is one that some of the runs translate")
    test_set: str = "test"
    segments: int = Field(SAMPLED, gt=0, description="of each direction, evenly spread over the test set")
    lines: list[Positive] | None = Field(None, min_length=1, description="of the test set, from 1, to take instead")

    @model_validator(mode="after")
    def _chosen_in_one_way(self) -> "SampleTable":
        if self.lines and self.segments != SAMPLED:
            raise wrong("segments is how many to choose, and lines chooses; leave one out")
        return self


class CorporaTable(TableSettings):
    """How many segments each text has, by corpus, and how many are left of them."""

    kind: Literal["corpora"] = "corpora"
    runs: list[str] = Field([], description="whose text is counted; by default all of the study")


KINDS: dict[str, type[TableSettings]] = {"scores": ScoreTable, "samples": SampleTable, "corpora": CorporaTable}
USUAL_KIND = "scores"  # of a table that names none


def parse_table(entry: Any) -> Strict:
    """A table as a study writes it."""
    return parse_kind(entry, KINDS, USUAL_KIND)


def parse_directions(named: list[str]) -> list[str]:
    """Directions by short codes. One that is none, or is named twice, is a mistake of the study."""
    try:
        return each_once(["-".join(parse_direction(direction)) for direction in named])
    except UserError as error:
        raise wrong(str(error)) from None
