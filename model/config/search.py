"""Settings of beam search and sampling."""

from typing import Any, Literal

from pydantic import Field, model_validator

from model.records import Strict, wrong


class SearchConfig(Strict):
    """Beam search or sampling. The defaults of `beam` and `length_penalty` are those of mRASP's code."""

    beam: int = Field(5, gt=0, description="hypotheses of the beam")
    nbest: int = Field(1, gt=0, description="hypotheses to return for each sentence, best first")
    length_penalty: float = Field(0.5, description="hypotheses are ranked by log-probability / length^penalty")
    patience: float = Field(
        1.0,
        ge=1,
        le=100,
        exclude_if=lambda patience: patience == 1,  # so that what was translated before is not translated again
        description="a sentence is done when beam * patience hypotheses have ended",
    )
    max_length_factor: float | None = Field(
        None,
        gt=0,
        description="longest output: factor * source length + 10 subwords; null: what the model's positions allow",
    )
    no_repeat_ngram_size: int = Field(0, ge=0, description="no n-gram of so many subwords twice in an output; 0: any")
    batch_tokens: int | None = Field(
        None, gt=0, description="padded source subwords times beam of a batch, at most; null: by the device"
    )
    precision: Literal["auto", "float32", "bfloat16", "int8"] = Field(
        "auto", description="of matrix products; auto: as in training; int8: on a processor, with weights rounded once"
    )
    sampling: bool = Field(False, description="draw tokens by their probability instead of searching with a beam")
    temperature: float = Field(1.0, gt=0, description="of sampling: log-probabilities are divided by it")
    top_k: int = Field(0, ge=0, description="of sampling: draw among so many best tokens; 0: among all")
    seed: int = Field(0, ge=0, description="of sampling")

    @model_validator(mode="after")
    def _a_beam_holds_what_is_returned(self) -> "SearchConfig":
        if not self.sampling and self.nbest > self.beam:
            raise wrong(f"nbest {self.nbest} is more than beam {self.beam}; widen the beam")
        return self

    def of_best(self) -> dict[str, Any]:
        """The settings that the best hypothesis depends on. The others change speed, memory or nothing."""
        without = {"beam"} if self.sampling else {"nbest", "batch_tokens", "temperature", "top_k", "seed"}
        return self.model_dump(mode="json", exclude=without)

    def enough(self) -> int:
        """How many hypotheses of a sentence must end before it is done: `beam` in fairseq."""
        return round(self.beam * self.patience)

    def rows(self) -> int:
        """Hypotheses of a sentence that are decoded at the same time."""
        return self.nbest if self.sampling else self.beam
