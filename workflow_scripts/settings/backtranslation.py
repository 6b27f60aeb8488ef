"""What the steps of `backtranslation` are told."""

from pydantic import Field

from model.records import Strict


class Drawing(Strict):
    """What `draw_segments` is told."""

    seed: int
    segments: int = Field(description="drawn for a direction, at most")
    files: int = Field(description="that these are written to, each of a window of a shard")
