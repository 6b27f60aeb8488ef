"""Source `opus`: sentence-aligned text in Moses form, monolingual text (`@mono`) and word tables (`@dic`) of OPUS.

A corpus that the catalogue does not list is reached by the pattern of OPUS's addresses, if its id names languages.
"""

from workflow_scripts.sources.source import Source


class Opus(Source):
    """Files are named by OPUS's own codes, a pair's in alphabetical order."""

    name = "opus"
    alphabetical = True


SOURCE = Opus()
