"""What the steps of `subwords` are told."""

from typing import Literal

from pydantic import Field

from model.records import Strict


class Sampling(Strict):
    """How lines are over-sampled where subwords are learned."""

    texts: list[str] = Field(description="all that subwords are learned on")
    temperature: float | None
    monolingual: int = Field(description="segments of a language's own text that count, at most")
    seed: int


class Counting(Strict):
    """What `count_words` is told of a group of pairs."""

    segmenters: dict[str, str]
    sampling: Sampling | None = Field(description="none where each line counts once")


class Bpe(Strict):
    """What learning byte pair encoding heeds of the key `subwords` of a study."""

    kind: Literal["bpe"] = "bpe"
    merges: int
    min_count: int
    max_size: int


class SentencePiece(Strict):
    """What learning a model of sentencepiece heeds of that key."""

    kind: Literal["sentencepiece"] = "sentencepiece"
    size: int
    algorithm: Literal["unigram", "bpe"]
    character_coverage: float
    normalisation: Literal["nmt_nfkc", "identity"]


class Learned(Strict):
    """Subwords that are learned from counts of words."""

    texts: list[str] = Field(description="whose words were counted")
    languages: list[str] = Field(description="that have tokens in the vocabulary")
    segmenters: dict[str, str]
    method: Bpe | SentencePiece = Field(discriminator="kind")


class Released(Strict):
    """Subwords that others released."""

    codes: str = Field(description="file of subword-nmt's format")
    vocabulary: str = Field(description="file of `piece count` lines")
    languages: list[str] = Field(description="that have tokens in the vocabulary")
    segmenters: dict[str, str]


class Copied(Strict):
    """The subwords of another model."""

    model: str = Field(description="its folder")


class Learning(Strict):
    """What `learn_subwords` is told."""

    subwords: Learned | Released | Copied


class Extending(Strict):
    """What `extend_vocabulary` is told of a group of pairs."""

    texts: list[str] = Field(description="whose pieces get rows")
    languages: list[str] = Field(description="that get tokens")
    min_count: int
