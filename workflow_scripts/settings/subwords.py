"""Settings of the steps that make subwords."""

from typing import Literal

from pydantic import Field

from model.records import Strict


class Sampling(Strict):
    """How lines are over-sampled to learn subwords."""

    texts: list[str] = Field(description="all texts that subwords are learned on")
    temperature: float | None
    monolingual: int = Field(description="most segments of a language's monolingual text that count")
    seed: int


class Counting(Strict):
    """Settings of `count_words` for one group of pairs."""

    segmenters: dict[str, str]
    sampling: Sampling | None = Field(description="null: each line counts once")


class Bpe(Strict):
    """The keys of `subwords` in a study that byte pair encoding uses."""

    kind: Literal["bpe"] = "bpe"
    merges: int | None = Field(description="null: as many as fit the text")
    min_count: int | None = Field(description="null: what fits the text")
    max_size: int


class SentencePiece(Strict):
    """The keys of `subwords` in a study that sentencepiece uses."""

    kind: Literal["sentencepiece"] = "sentencepiece"
    size: int | None = Field(description="null: as many as fit the text")
    algorithm: Literal["unigram", "bpe"]
    character_coverage: float
    normalisation: Literal["nmt_nfkc", "identity"]


class Learned(Strict):
    """Subwords that are learned from counts of words."""

    texts: list[str] = Field(description="texts whose words were counted")
    languages: list[str] = Field(description="languages that have tokens in the vocabulary")
    segmenters: dict[str, str]
    method: Bpe | SentencePiece = Field(discriminator="kind")


class Released(Strict):
    """Subwords made of files that others released."""

    codes: str = Field(description="file of merges in the format of subword-nmt")
    vocabulary: str = Field(description="file with lines of `piece count`")
    languages: list[str] = Field(description="languages that have tokens in the vocabulary")
    segmenters: dict[str, str]


class Copied(Strict):
    """Subwords copied from another model."""

    model: str = Field(description="folder of the model")


class Adapted(Copied):
    """Subwords of sentencepiece copied from another model and fitted to the text."""

    texts: list[str] = Field(description="group and text, {group}/{text}, of all texts whose words were counted")
    languages: list[str] = Field(description="languages whose tokens stay")
    trim: bool
    new_pieces: int
    min_count: int = Field(description="of a letter that gets a row")


class Learning(Strict):
    """Settings of `learn_subwords`."""

    subwords: Learned | Released | Adapted | Copied


class Extending(Strict):
    """Settings of `extend_vocabulary` for one group of pairs."""

    texts: list[str] = Field(description="texts whose pieces get rows")
    languages: list[str] = Field(description="languages that get tokens")
    min_count: int
