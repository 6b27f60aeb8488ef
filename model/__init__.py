"""The Transformer, its training and translation, and the files that the data steps share with them.

Nothing here knows Snakemake or studies: run.json describes a run completely. README.md lists the rooms of this package,
what each may import, and which of them load without torch.
"""
