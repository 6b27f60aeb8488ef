"""Source `flores200`: multi-parallel dev and test sets in the layout of FLORES-200, one file a language and split."""

from workflow_scripts.sources.source import Source


class Flores200(Source):
    """Files are named by FLORES codes."""

    name = "flores200"
    style = "flores"


SOURCE = Flores200()
