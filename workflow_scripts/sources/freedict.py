"""Source `freedict`: dictionaries of FreeDict, as Debian packages them (dictd) or as plain tables."""

from workflow_scripts.sources.source import Source


class FreeDict(Source):
    """Files are named source-target by ISO 639-3."""

    name = "freedict"
    style = "alpha3"


SOURCE = FreeDict()
