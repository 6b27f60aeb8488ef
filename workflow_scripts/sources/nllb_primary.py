"""Source `nllb_primary`: the public ones among the corpora that NLLB, and M8 and M15 after it, were trained on."""

from workflow_scripts.sources.source import Source


class NllbPrimary(Source):
    """Every corpus has a form of its own, which its record states."""

    name = "nllb_primary"
    style = "alpha3"


SOURCE = NllbPrimary()
