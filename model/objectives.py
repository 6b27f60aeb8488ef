"""What a run can learn from, as rows of a table: translation, and ways to learn from text in one language.

A row says which shards an objective reads, what noise they get, and what each stack is to predict. The paper of these
is Xu, Maillard and Goswami 2023, section 4.3, unless a row names another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from model.noise import Noise, mask_span, mask_words, replace_words

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
