"""The claims of papers that a table of claims compares with the study: what the keys of a claim may hold."""

from typing import Any, Literal

from pydantic import Field, model_validator

from model.records import Strict, wrong
from workflow_scripts.study.fields import MEAN, Label, MetricName, Words


class Difference(Strict):
    """A difference of two runs: in a cell of a table of scores, or in a quantity of a figure."""

    table: str | None = Field(None, description="table of scores that has the difference to its baseline")
    figure: str | None = Field(None, description="figure that both runs are in")
    run: str = Field(description="the run that the claim is about")
    baseline: str | None = Field(None, description="of a figure: the run that it is compared with")
    column: Label = Field(MEAN, description="of a table: a direction as `en-de`, a group, or `mean`")
    metric: MetricName | None = Field(None, description="of a table; by default its first")
    test_set: str | None = Field(None, description="of a table; by default its first")
    quantity: str | None = Field(None, description="of a figure: what is compared; by default the first that it has")

    @model_validator(mode="after")
    def _of_one_kind(self) -> "Difference":
        if (self.table is None) == (self.figure is None):
            raise wrong("names no table and no figure, or both; name one")
        mistaken = ("baseline", "quantity") if self.table else ("column", "metric", "test_set")
        for key in mistaken:
            if getattr(self, key) != type(self).model_fields[key].default:
                raise wrong(f"{key}: a {'table' if self.table else 'figure'} has none; leave it out")
        if self.figure and not self.baseline:
            raise wrong("baseline: a figure has none of its own; name a run of it")
        return self


class Within(Strict):
    """A difference that a claim expects to be small."""

    within: float = Field(gt=0, description="the largest size of a difference that counts as none")


class Claim(Difference):
    """What a paper claims, and which difference of this study bears on it."""

    claim: Words = Field(description="the claim in a few words")
    source: Words = Field(description="publication, and its table or figure")
    paper: Words = Field(description="the difference that the paper reports, as text")
    expected: Literal["higher", "lower"] | Within = Field(
        "higher", description="what the claim says of the difference: higher or lower than 0, or {within: 0.5}"
    )
    less: Difference | None = Field(None, description="a second difference, which is taken from the first")

    @model_validator(mode="before")
    @classmethod
    def _paper_as_text(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("paper"), int | float):
            return {**data, "paper": f"{data['paper']:+}"}
        return data

    @property
    def differences(self) -> list[Difference]:
        """The one or two differences of the claim."""
        return [self, self.less] if self.less else [self]
