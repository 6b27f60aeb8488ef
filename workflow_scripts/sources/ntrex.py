"""Source `ntrex`: NTREX-128, a test set of news in 128 languages, translated from English."""

from workflow_scripts.sources.source import Source


class Ntrex(Source):
    """One file a language, named by ISO 639-3 and in part a region or script."""

    name = "ntrex"
    style = "alpha3"


SOURCE = Ntrex()
