"""No held-out segment of studies/help29.yaml stands in any text: over the real files, where the study was built.

`snakemake text --cores all --configfile studies/help29.yaml --config mirror=FOLDER` builds it (docs/corpora.md).
The comparison is written anew here, letter by letter, and shares no code with the workflow.
"""

import unicodedata

import pyarrow.parquet as pq
import pytest

from tests import ROOT

RESULTS = ROOT / "results" / "help29"
TEXTS = sorted((RESULTS / "text").glob("*.parquet"))
pytestmark = pytest.mark.skipif(len(TEXTS) < 57, reason="results/help29/text is not built")


def letters(line: str) -> str:
    """The letters, marks and digits of a line, without case and compatibility forms."""
    folded = unicodedata.normalize("NFKC", line).casefold()
    return "".join(c for c in folded if unicodedata.category(c)[0] in "LMN")


@pytest.fixture(scope="module")
def held_out() -> set[str]:
    folder = RESULTS.parents[1] / "resources" / "flores200" / "lohelp" / "7.4"
    files = [path for path in sorted(folder.iterdir()) if path.suffix in (".dev", ".devtest")]
    lines = [line for path in files for line in path.read_text(encoding="utf-8").split("\n") if line]
    assert len(files) == 2 * 28 and len(lines) == 1500 * 28
    return {letters(line) for line in lines} - {""}


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_no_held_out_segment_of_any_language_is_left(path, held_out):
    table = pq.read_table(path)
    for code in path.stem.split("-"):
        lines = table[code].to_pylist()
        assert lines and not [line for line in lines if letters(line) in held_out]
