"""Settings of the steps of back-translation."""

from pydantic import Field

from model.records import Strict


class Drawing(Strict):
    """Settings of `draw_segments`."""

    seed: int
    segments: int = Field(description="most segments to draw for a direction")
    files: int = Field(description="number of files to write, each with as many segments as a window of a shard")
