"""The table of training objectives.

They are those of Xu, Maillard and Goswami 2023, section 4.3, unless a row names another paper.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from model.objectives.noise import Noise, mask_span, mask_words, replace_words
from model.records import unknown

Data = Literal["parallel", "monolingual", "codeswitched"]
Stack = Literal["encoder", "decoder"]
STACKS: tuple[Stack, ...] = ("encoder", "decoder")
Predicted = Literal["all", "selected"]  # all positions of the target, or those that the noise has selected


@dataclass(frozen=True)
class Objective:
    """A row of OBJECTIVES: what the encoder reads, and what each stack predicts from it.

    If the encoder predicts, its input must be as long as the target, so its noise must keep the length.
    """

    data: Data
    noise: Noise | None = None
    encoder: Predicted | None = None
    decoder: Predicted | None = "all"
    hidden: bool = False  # whether the decoder reads `<mask>` at positions that it does not predict
    temperature: float | None = None  # in place of training.temperature, unless a run says otherwise

    def predicted(self, stack: Stack) -> Predicted | None:
        """What a stack predicts, or None."""
        return self.encoder if stack == "encoder" else self.decoder

    @property
    def stacks(self) -> list[Stack]:
        """The stacks that predict something."""
        return [stack for stack in STACKS if self.predicted(stack)]


MONOLINGUAL = 10 / 7  # temperature: sizes^0.7 (section 4.2)
OBJECTIVES: dict[str, Objective] = {
    "translation": Objective("parallel"),
    # Concurrent denoising: both stacks predict what was masked, at the same positions.
    "cd": Objective("monolingual", mask_words, encoder="selected", decoder="selected", temperature=MONOLINGUAL),
    # Denoising autoencoder (Liu et al. 2020).
    "dae": Objective("monolingual", replace_words, temperature=MONOLINGUAL),
    # Masked language model of the encoder (Devlin et al. 2019).
    "mlm": Objective("monolingual", mask_words, encoder="selected", decoder=None, temperature=MONOLINGUAL),
    # Song et al. 2019.
    "mass": Objective("monolingual", mask_span, decoder="selected", hidden=True, temperature=MONOLINGUAL),
    # Code-switching restore: from a segment with substituted words to the original one.
    "csr": Objective("codeswitched"),
}


def unknown_objective(name: str) -> str:
    """The error message for a name that has no row."""
    if name == "dae_mlm":
        return "dae_mlm is two objectives now: for {translation: 1, dae_mlm: 1} write {translation: 2, dae: 1, mlm: 1}"
    return unknown(name, OBJECTIVES)


def folders_of_language(objective: str, folders: Sequence[str], language: str) -> list[str]:
    """The folders among `folders` with text of a language that the objective learns from.

    For parallel and code-switched text these are all directions with the language, such as `en-gl` and `gl-en`. A
    monolingual objective reads only sources: `gl` and `gl-en`.
    """
    sides = 1 if OBJECTIVES[objective].data == "monolingual" else 2
    return [folder for folder in folders if language in Path(folder).name.split("-")[:sides]]
