"""The classes of Hugging Face whose models can be held here, and their keys of config.json.

The facts are those of transformers 4 and 5.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from model.network.transformer import sinusoids

ACTIVATIONS = {"gelu": "gelu", "relu": "relu", "silu": "swish", "swish": "swish"}
# Key of ModelConfig → keys of config.json. Where two are listed, they must be equal.
SIZES = {
    "width": ("d_model",),
    "feedforward": ("encoder_ffn_dim", "decoder_ffn_dim"),
    "heads": ("encoder_attention_heads", "decoder_attention_heads"),
    "encoder_layers": ("encoder_layers",),
    "decoder_layers": ("decoder_layers",),
    "max_positions": ("max_position_embeddings",),
}
BIAS = "final_logits_bias"  # of the output, one for each row


def marian_sinusoids(length: int, width: int) -> Tensor:
    """[length, width]: sines of position / 10000^(2i / width) in the first half, cosines in the second."""
    half = (width + 1) // 2
    angles = torch.arange(length)[:, None] * 10_000 ** (-2 * torch.arange(half, dtype=torch.float64) / width)
    return torch.cat([angles.sin(), angles[:, : width // 2].cos()], 1).float()


@dataclass(frozen=True)
class ModelClass:
    """What the models of a class have, which their config.json does not say.

    first: the row of the first token in a table of positions. computed: the table, by length and width, where a file
    has none. written: by our export. scaled: embeddings are, where config.json says nothing.
    """

    type: str
    norm: Literal["post", "pre"]
    embedding_norm: bool
    first: int
    computed: Callable[[int, int], Tensor] | None = None
    written: bool = True
    scaled: bool = False


# M2M100 is never written: its first position depends on the row of padding, which is 1 there and 0 here.
CLASSES = {
    "MarianMTModel": ModelClass("marian", "post", embedding_norm=False, first=0, computed=marian_sinusoids),
    "BlenderbotForConditionalGeneration": ModelClass("blenderbot", "pre", embedding_norm=False, first=0),
    "BartForConditionalGeneration": ModelClass("bart", "post", embedding_norm=True, first=2),
    "MBartForConditionalGeneration": ModelClass("mbart", "pre", embedding_norm=True, first=2),
    "M2M100ForConditionalGeneration": ModelClass(
        "m2m_100", "pre", embedding_norm=False, first=2, computed=sinusoids, written=False, scaled=True
    ),
}
