"""What a file of a SentencePiece model holds: its pieces, their types, and the algorithm that made it."""

from typing import Any

NORMAL, UNUSED = 1, 5  # types of pieces. Unused ones may join to longer pieces; text never has them.
UNIGRAM, BPE = 1, 2  # types of models


def parsed(model: bytes) -> Any:
    """The content of a file, a ModelProto of SentencePiece."""
    from sentencepiece.sentencepiece_model_pb2 import ModelProto  # type: ignore[attr-defined]

    return ModelProto.FromString(model)
