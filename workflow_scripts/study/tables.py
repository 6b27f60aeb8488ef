"""The rows of `tables` in a study: what the keys of each kind may hold."""

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from model.command import UserError
from model.records import Strict, wrong
from workflow_scripts.directions import parse_direction
from workflow_scripts.study.claims import Claim
from workflow_scripts.study.fields import Label, MetricName, Positive, Words, each_once, parse_kind, short_pairs

Test = Literal["bootstrap", "randomisation"]
SAMPLED = 5  # segments of a direction that are shown, where a study does not say


class Samples(Strict):
    """How many samples each test of significance draws."""

    bootstrap: int = Field(10_000, ge=100, description="resamples of paired bootstrap resampling")
    randomisation: int = Field(10_000, ge=100, description="trials of approximate randomisation")


class Group(Strict):
    """Directions whose mean is a column of a table. Name pairs, directions, or a range of sizes."""

    pairs: list[str] | None = Field(None, description="the group has both directions of these pairs")
    directions: list[str] | None = Field(None, description="the group has these directions")
    more_than: int | None = Field(
        None, ge=0, description="the group has the directions that a run of the table learned from more pairs than this"
    )
    at_most: int | None = Field(
        None,
        gt=0,
        description="the group has the directions that every run of the table learned from at most so many pairs",
    )

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
    """A row with the scores that a publication reports of a system."""

    label: Words = Field(description="name of the row")
    source: Words = Field(description="publication and table")
    metric: MetricName = Field(description="metric of the values")
    test_set: str | None = Field(None, description="test set of the rows it joins; by default the table's first")
    values: dict[str, float] = Field(min_length=1, description="direction → score")
    means: dict[Label, float] = Field({}, description="group, or `mean` → the mean as published")

    @field_validator("values")
    @classmethod
    def _directions(cls, values: dict[str, float]) -> dict[str, float]:
        return dict(zip(parse_directions(list(values)), values.values(), strict=True))


class TableSettings(Strict):
    """What all kinds of tables are told by a study."""

    kind: str = Field(description="what the table shows")
    runs: list[str] = Field(min_length=1, description="runs that the table shows")
    default: bool = Field(True, description="whether the default target makes it, for the report")

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

    kind: Literal["scores"] = Field("scores", description="`scores`")
    baseline: str | None = Field(None, description="run that the differences are taken to")
    significance: Test | Literal["none"] = Field("bootstrap", description="test of the differences")
    correction: Literal["holm", "none"] = Field(
        "holm", description="correction of p for all tests of the table by the same metric"
    )
    test_sets: list[str] = Field(["test"], min_length=1, description="test sets of the study")
    metrics: list[MetricName] = Field(["sacrebleu"], min_length=1, description="metrics of the study")
    directions: list[str] | None = Field(None, min_length=1, description="columns; by default all directions")
    groups: dict[Label, Group] = Field({}, description="name → directions whose mean is a column")
    published: list[Published] = Field([], description="rows with scores that others report")


class SampleTable(TableSettings):
    """Segments of a test set with their references and the translations of each run."""

    kind: Literal["samples"] = Field("samples", description="`samples`")
    directions: list[str] = Field(min_length=1, description="directions that at least one of the runs translates")
    test_set: str = Field("test", description="test set of the samples")
    segments: int = Field(SAMPLED, gt=0, description="segments of each direction, evenly spread over the test set")
    lines: list[Positive] | None = Field(
        None, min_length=1, description="line numbers of the test set, from 1, in place of `segments`"
    )

    @model_validator(mode="after")
    def _chosen_in_one_way(self) -> "SampleTable":
        if self.lines and self.segments != SAMPLED:
            raise wrong("segments is how many to choose, and lines chooses; leave one out")
        return self


class CorporaTable(TableSettings):
    """How many segments each text has by corpus, and how many are left after cleaning."""

    kind: Literal["corpora"] = Field("corpora", description="`corpora`")
    runs: list[str] = Field([], description="runs whose text is counted; by default all of the study")


class SearchTable(TableSettings):
    """Dev scores of runs with several settings of their search."""

    kind: Literal["search"] = Field("search", description="`search`")
    length_penalties: list[float] = Field(
        [0.5, 1.0, 1.5, 2.0], min_length=1, description="values of `search.length_penalty` to try"
    )
    beams: list[Positive] | None = Field(
        None, min_length=1, description="values of `search.beam` to try; by default each run has its own"
    )
    patiences: list[float] | None = Field(
        None, min_length=1, description="values of `search.patience` to try; by default each run has its own"
    )
    metric: MetricName = Field("sacrebleu", description="metric of the study that chooses")
    segments: Positive | None = Field(
        200, description="dev segments of each direction, evenly spread over the dev set; null: all"
    )

    @field_validator("length_penalties", "beams", "patiences")
    @classmethod
    def _values_once(cls, values: list[float] | None) -> list[float] | None:
        return values and each_once(values)


class ClaimTable(TableSettings):
    """Claims of papers: what they report, what the study has, and whether the study shows it."""

    kind: Literal["claims"] = Field("claims", description="`claims`")
    runs: list[str] = Field([], max_length=0, description="none, because each claim names its own")
    claims: list[Claim] = Field(min_length=1, description="rows of the table")
    regime: Words | None = Field(None, description="how the models were trained, in a sentence below the table")


KINDS: dict[str, type[TableSettings]] = {
    "scores": ScoreTable,
    "samples": SampleTable,
    "corpora": CorporaTable,
    "search": SearchTable,
    "claims": ClaimTable,
}
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
