"""The Transformer, its training and translation, and the files that the data steps share with them.

Nothing here knows Snakemake or a study: a run is described by its run.json alone. README.md has the rooms of this
package, what each may import, and which of them load without torch.
"""
