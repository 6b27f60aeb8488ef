"""The rows of `runs` in a study: what their keys may hold."""

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from model.config.run import IntraDistillation, Task, TaskSettings
from model.objectives import OBJECTIVES, Data
from model.records import Strict, first_mistake, unknown, wrong
from workflow_scripts.study.fields import short_codes

Kind = Literal["original", "substituted", "codeswitched", "backtranslated", "monolingual"]
Seed = Annotated[int, Field(ge=0)]
# Kinds of shards that an objective can learn from, by its data; unsaid it is the first. Of `original` those that learn
# from text in one language take the sources.
KINDS_OF_DATA: dict[Data, tuple[Kind, ...]] = {
    "parallel": ("original", "substituted", "codeswitched", "backtranslated"),
    "monolingual": ("monolingual", "original"),
    "codeswitched": ("codeswitched",),
}


class Learned(TaskSettings):
    """An objective of a run."""

    shards: list[Kind] | None = Field(None, min_length=1, description="kinds; the objective's own by default")


class Run(Strict):
    """One row of the table of runs: a model, or with `per: direction` one model a direction."""

    train_on: str = Field(description="group of pairs")
    source: str | None = Field(None, description="language: only directions out of it")
    target: str | None = Field(None, description="language: only directions into it")
    per: Literal["direction"] | None = None
    init: str | None = Field(None, description="a run, or a model folder from elsewhere")
    seeds: list[Seed] | None = Field(None, min_length=1, description="one model each; none: that of the study")
    shards: list[Kind] = Field(["original"], min_length=1, description="for translation")
    objectives: dict[str, Learned] = Field({"translation": Learned()}, min_length=1, description="name → its settings")
    mixing: Literal["shares", "natural"] = "shares"
    intra_distillation: IntraDistillation | None = None
    label: str | None = Field(None, description="its name in tables and figures")
    model: dict[str, Any] = Field({}, description="what differs from the study's `model`")
    training: dict[str, Any] = Field({}, description="what differs from the study's `training`")

    @field_validator("source", "target")
    @classmethod
    def _languages(cls, code: str | None) -> str | list[str] | None:
        return short_codes(code)

    @field_validator("seeds")
    @classmethod
    def _each_once(cls, seeds: list[int] | None) -> list[int] | None:
        if twice := [seed for seed in seeds or [] if (seeds or []).count(seed) > 1]:
            raise wrong(f"{twice[0]} is listed twice, and would make the same model twice; take one out")
        return seeds

    @field_validator("objectives", mode="before")
    @classmethod
    def _share_alone(cls, objectives: Any) -> Any:
        if not isinstance(objectives, dict):
            return objectives
        return {k: {"share": v} if isinstance(v, int | float) else v for k, v in objectives.items()}

    @model_validator(mode="after")
    def _objectives_and_their_shards(self) -> "Run":
        for name in self.objectives:
            if name not in OBJECTIVES:
                raise wrong(f"objectives: {unknown(name, OBJECTIVES)}")
            try:
                self.task(name, ["-"])
            except ValidationError as error:
                raise wrong(f"objectives.{name}.{first_mistake(error)}") from None
            if name == "translation" and self.objectives[name].shards:
                raise wrong("objectives.translation.shards: those are the run's own shards; say them there")
            able = KINDS_OF_DATA[OBJECTIVES[name].data]
            for kind in self.kinds(name):
                if kind not in able:
                    key = "shards" if name == "translation" else f"objectives.{name}.shards"
                    raise wrong(f"{key}: {name} cannot learn from {kind!r}; it takes {', '.join(able)}")
            if self.mixing == "natural" and self.objectives[name].share != 1:
                raise wrong(f"objectives.{name}.share: mixing is natural, by how much text there is; leave it out")
        for name in (self.intra_distillation and self.intra_distillation.objectives) or []:
            if name not in self.objectives:
                raise wrong(f"intra_distillation.objectives: {unknown(name, self.objectives)}")
        return self

    def kinds(self, objective: str) -> list[Kind]:
        """The kinds of shards that an objective of this run learns from."""
        usual = self.shards if objective == "translation" else KINDS_OF_DATA[OBJECTIVES[objective].data][:1]
        return list(self.objectives[objective].shards or usual)

    def all_kinds(self) -> list[Kind]:
        """The kinds of shards that some objective learns from."""
        return [kind for objective in self.objectives for kind in self.kinds(objective)]

    def task(self, objective: str, folders: list[str]) -> Task:
        """An objective of this run with folders of shards. Raises ValidationError."""
        settings = self.objectives[objective].model_dump(exclude={"shards"})
        return Task.model_validate({**settings, "objective": objective, "shards": folders})
