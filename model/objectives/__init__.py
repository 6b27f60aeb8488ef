"""Which shards of an objective are of a language."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from model.objectives.noise import Noise, mask_span, mask_words, replace_words


def folders_of_language(objective: str, folders: Sequence[str], language: str) -> list[str]:
    """The folders of a language among those that an objective learns from.

    Of an objective of two languages they are those of all directions that have it, `en-gl` and `gl-en`; of one that
    learns from text in one language, `gl` and `gl-en`, whose sources it takes.
    """
    sides = 1 if OBJECTIVES[objective].data == "monolingual" else 2
    return [folder for folder in folders if language in Path(folder).name.split("-")[:sides]]


Data = Literal["parallel", "monolingual", "codeswitched"]
Stack = Literal["encoder", "decoder"]
STACKS: tuple[Stack, ...] = ("encoder", "decoder")
Positions = Literal["all", "selected"]  # all of the target, or those that the noise has selected


@dataclass(frozen=True)
class View:
    """One way to look at a batch: what the encoder reads, and what is predicted from it.

    The encoder predicts at its own positions, which are those of the target as long as the noise keeps the length.
    """

    noise: Noise | None = None
    encoder: Positions | None = None
    decoder: Positions | None = "all"
    hidden: bool = False  # whether the decoder reads `<mask>` for what it does not predict

    def positions(self, stack: Stack) -> Positions | None:
        """Which positions a stack predicts, or None."""
        return self.encoder if stack == "encoder" else self.decoder


@dataclass(frozen=True)
class Objective:
    """A row of OBJECTIVES."""

    data: Data
    views: Sequence[View]
    temperature: float = 1.0  # of its languages, unless a run says otherwise

    @property
    def stacks(self) -> list[Stack]:
        """Those that predict in some view."""
        return [stack for stack in STACKS if any(view.positions(stack) for view in self.views)]

    @property
    def has_noise(self) -> bool:
        """Whether a ratio says how much of a segment is changed."""
        return any(view.noise for view in self.views)


DENOISING, MASKED = View(replace_words), View(mask_words, encoder="selected", decoder=None)
MONOLINGUAL = 10 / 7  # temperature: sizes^0.7 (section 4.2)
OBJECTIVES: dict[str, Objective] = {
    "translation": Objective("parallel", [View()]),
    # Concurrent denoising: both stacks predict what was masked, at the same positions.
    "cd": Objective("monolingual", [View(mask_words, encoder="selected", decoder="selected")], MONOLINGUAL),
    # Denoising autoencoder (Liu et al. 2020).
    "dae": Objective("monolingual", [DENOISING], MONOLINGUAL),
    # Masked language model of the encoder (Devlin et al. 2019).
    "mlm": Objective("monolingual", [MASKED], MONOLINGUAL),
    # Each segment once for each of the two (Wang et al. 2020).
    "dae_mlm": Objective("monolingual", [DENOISING, MASKED], MONOLINGUAL),
    # Song et al. 2019.
    "mass": Objective("monolingual", [View(mask_span, decoder="selected", hidden=True)], MONOLINGUAL),
    # Code-switching restore: the segment whose words were substituted in, the original out.
    "csr": Objective("codeswitched", [View()]),
}
