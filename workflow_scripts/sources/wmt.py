"""Source `wmt`: training packs of the WMT shared tasks, text inside them by member path, and News Crawl."""

from workflow_scripts.sources.source import Source


class Wmt(Source):
    """Each dataset of the catalogue names its languages in the order its pack does (`de-en`)."""

    name = "wmt"


SOURCE = Wmt()
