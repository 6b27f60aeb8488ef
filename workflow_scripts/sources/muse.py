"""Source `muse`: word tables by frequency, one pair of words a line."""

from workflow_scripts.sources.source import Source


class Muse(Source):
    """Tables are named source-target by ISO 639-1."""

    name = "muse"


SOURCE = Muse()
