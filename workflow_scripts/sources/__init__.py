"""Where text comes from: one file a kind of source, and the table of them.

A source is a module with
- `Corpus`: the schema of its entries under `corpora:` in a study, with a literal field `source`;
- `resources(corpus)`: paths under resources/ that `fetch` can bring, [] where the files are the user's own;
- `files(corpus)`: the paths that `read` opens;
- `fetch(corpus, path)`: bring one resource to `path`; returns what its manifest says about origin and licence;
- `pairs(corpus, candidates)`: those of the candidate pairs it may hold text for;
- `read(corpus, pair, drops)`: yields (first side, second side) of a pair, and counts in `drops` what it leaves out.
"""

from types import ModuleType

from workflow_scripts.sources import gettext, own_files

SOURCES: dict[str, ModuleType] = {"gettext": gettext, "file": own_files}
