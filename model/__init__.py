"""The Transformer, its training and translation, and the files that the data steps share with them.

Nothing here knows Snakemake or studies: run.json describes a run completely. README.md lists the rooms of this package,
what each may import, and which of them load without torch.
"""

import os

# Threads of a command sleep while they wait for each other. By default they keep their cores busy meanwhile, and other
# work on one of these cores makes all of them several times slower. It counts only before torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
