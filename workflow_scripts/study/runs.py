"""The rows of `runs` in a study: what their keys may hold."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from model.config.run import IntraDistillation, Task, TaskSettings
from model.objectives import OBJECTIVES, Data, unknown_objective
from model.records import Strict, first_mistake, unknown, wrong
from workflow_scripts.sources.datasets import FilePath
from workflow_scripts.study.fields import Label, short_codes

Kind = Literal["original", "substituted", "codeswitched", "backtranslated", "monolingual"]
Seed = Annotated[int, Field(ge=0)]
# Kinds of shards that an objective can learn from, by its data; unsaid it is the first. Of `original` those that learn
# from text in one language take the sources.
KINDS_OF_DATA: dict[Data, tuple[Kind, ...]] = {
    "parallel": ("original", "substituted", "codeswitched", "backtranslated"),
    "monolingual": ("monolingual", "original"),
    "codeswitched": ("codeswitched",),
}
EXTERNAL = ("huggingface", "model", "translations")  # kinds of external systems
SUBSTITUTED: tuple[Kind, ...] = ("substituted", "codeswitched")  # kinds with substituted words


class Learned(TaskSettings):
    """How a run learns an objective."""

    shards: list[Kind] | None = Field(
        None, min_length=1, description="kinds of shards to learn from; by default those of the objective"
    )


class External(Strict):
    """A system that the study does not train: a folder of one kind."""

    huggingface: FilePath | None = Field(None, description="folder of a model in the format of Hugging Face")
    model: FilePath | None = Field(None, description="model folder of this project")
    translations: FilePath | None = Field(
        None, description="folder of translations that any system made, as `{test set}.{direction}.txt`"
    )
    licence: str = Field("unstated", description="licence of the system, for the cards of models that start from it")

    @model_validator(mode="after")
    def _of_one_kind(self) -> "External":
        if len(self._folders) != 1:
            raise wrong(f"give one of {', '.join(EXTERNAL)}")
        return self

    @property
    def _folders(self) -> dict[str, str]:
        return {kind: folder for kind in EXTERNAL if (folder := getattr(self, kind))}

    @property
    def kind(self) -> str:
        """The key that names its folder."""
        return next(iter(self._folders))

    @property
    def folder(self) -> str:
        """Its folder."""
        return self._folders[self.kind]


OF_EXTERNAL = {"external", "train_on", "source", "target", "label", "search"}  # keys that an external run may have


class Run(Strict):
    """One model, or with `per: direction` one model for each direction."""

    train_on: str = Field(description="group of pairs to train on; for an external system, to translate")
    source: str | None = Field(None, description="train only on directions out of this language")
    target: str | None = Field(None, description="train only on directions into this language")
    per: Literal["direction"] | None = Field(None, description="`direction`: one model for each direction")
    init: FilePath | None = Field(None, description="run or model folder to start from")
    seeds: list[Seed] | None = Field(
        None, min_length=1, description="one model for each seed; by default the study's seed"
    )
    shards: list[Kind] = Field(["original"], min_length=1, description="kinds of shards that translation learns from")
    substitution: str = Field("", description="which of `substitutions`; by default the study's `substitution`")
    objectives: dict[str, Learned] = Field(
        {"translation": Learned()}, min_length=1, description="objective → its share or its settings"
    )
    mixing: Literal["shares", "natural"] = Field(
        "shares", description="how objectives share the batches of an update: by shares or by the size of their text"
    )
    intra_distillation: IntraDistillation | None = Field(
        None, description="several passes with different dropout, and a loss of their difference"
    )
    external: External | None = Field(None, description="a system from elsewhere, which is not trained")
    label: Label | None = Field(None, description="name in tables, figures and the report")
    model: dict[str, Any] = Field({}, description="keys that differ from the study's `model`")
    training: dict[str, Any] = Field({}, description="keys that differ from the study's `training`")
    search: dict[str, Any] = Field({}, description="keys that differ from the study's `search`")

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
    def _nothing_to_train(self) -> "Run":
        if self.external is None:
            return self
        allowed = OF_EXTERNAL - ({"search"} if self.external.translations else set())
        for key, field in type(self).model_fields.items():
            if key not in allowed and getattr(self, key) != field.get_default(call_default_factory=True):
                raise wrong(f"{key}: the run is external, and this has no effect on it; take {key} out")
        return self

    @model_validator(mode="after")
    def _objectives_and_their_shards(self) -> "Run":
        for name in self.objectives:
            if name not in OBJECTIVES:
                raise wrong(f"objectives: {unknown_objective(name)}")
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

    def task(self, objective: str, folders: list[str], copies: Sequence[str] = ()) -> Task:
        """An objective of this run with folders of shards. copies: those that `copy_share` is about.

        Raises ValidationError.
        """
        settings = self.objectives[objective].model_dump(exclude={"shards"})
        return Task.model_validate({**settings, "objective": objective, "shards": folders, "copies": list(copies)})


class RunAtUpdate(Run):
    """A run as it was after some updates: what `run@update` in a study stands for. No study writes such a row."""

    trained: str  # the row of `runs` whose training makes it
    update: int
