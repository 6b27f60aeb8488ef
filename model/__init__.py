"""The model: everything that needs torch, and the two file contracts shared with the data steps.

`command`, `config`, `lines`, `noise`, `objectives`, `progress`, `segmenters`, `shards`, `tokenizer`, `turns` and
`vocabulary` import no torch, so that the data steps may use them. Nothing here knows Snakemake or a study: a run is
described by its run.json alone.
"""
