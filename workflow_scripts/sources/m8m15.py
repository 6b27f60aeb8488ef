"""Source `m8m15`: the archive of the authors of concurrent denoising with intra-distillation, placed by hand."""

from workflow_scripts.sources.source import Source


class M8M15(Source):
    """Members of one archive, named by FLORES codes without script."""

    name = "m8m15"
    style = "alpha3"


SOURCE = M8M15()
