import subprocess
import sys

import pyarrow.parquet as pq

from model.text.vocabulary import Vocabulary
from tests import ROOT


def stage(*arguments, text=""):
    command = [sys.executable, "-m", "bench.peers", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, input=text, capture_output=True, text=True, check=True).stdout


def test_words_are_not_escaped_and_hyphens_are_split():
    assert stage("tokenize", "en", text="Don't <use> well-known\n") == "Don 't < use > well @-@ known\n"


def test_copies_keep_their_targets_and_have_three_of_ten_words_replaced(tmp_path):
    lines = 1000
    (tmp_path / "s").write_text("".join(f"Wa@@ ter gold n@@ one{n}\n" for n in range(lines)))
    (tmp_path / "t").write_text("".join(f"t{n}\n" for n in range(lines)))
    (tmp_path / "es").write_text("water\tagua\t1\ngold\toro\t2\n")
    stage("substitute", *(tmp_path / name for name in ("s", "t", "sc", "tc", "es")))
    copies = [(tmp_path / name).read_text().splitlines() for name in ("sc", "tc")]
    expected = {("Agua", "gold"): 0.21, ("Water", "oro"): 0.21, ("Agua", "oro"): 0.09}
    found = [tuple(copy.split()[:2]) for copy in copies[0]]
    for words, share in expected.items():
        assert abs(found.count(words) - share * lines) < 4 * (lines * share * (1 - share)) ** 0.5
    assert set(found) == set(expected)
    assert [copy.split()[2].removeprefix("none") for copy in copies[0]] == [line[1:] for line in copies[1]]


def test_pieces_become_ids(tmp_path):
    Vocabulary.build({"a@@": 5, "b": 4}, ["en"], min_count=1, max_size=99).write(tmp_path / "v")
    (tmp_path / "s").write_text("a@@ b\n\nb <pad>\n")
    (tmp_path / "t").write_text("b\nc\nb b\n")
    stage("ids", *(tmp_path / name for name in ("v", "s", "t", "out")))
    assert pq.read_table(tmp_path / "out").to_pydict() == {"source": [[6, 7], [], [7, 2]], "target": [[7], [2], [7, 7]]}
