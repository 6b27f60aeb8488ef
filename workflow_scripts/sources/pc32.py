"""Source `pc32`: what the authors of mRASP released of PC32, its BPE codes and vocabulary among it.

The corpora it was made from are datasets of `opus` and `wmt`; studies/pc32.yaml lists them.
"""

from workflow_scripts.sources.source import Source


class Pc32(Source):
    """Files under fixed addresses."""

    name = "pc32"


SOURCE = Pc32()
