"""Source `nllb_mined`: the bitext mined for NLLB, one table a pair, with the scores it was mined and identified by."""

from workflow_scripts.sources.source import Source


class NllbMined(Source):
    """Files are named by FLORES codes in the order of the catalogue; scores are columns that filters can use."""

    name = "nllb_mined"
    style = "flores"


SOURCE = NllbMined()
