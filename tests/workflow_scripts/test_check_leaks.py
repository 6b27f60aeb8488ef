import json
import sys

import pytest

from model.command import UserError
from model.lines import write_lines
from model.shards import write_shards
from model.tokenizer import Tokenizer
from model.vocabulary import Vocabulary
from workflow_scripts import check_leaks, encode

PAIRS = [("Open the file", "Abrir o ficheiro"), ("Save all", "Gardar todo")]


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A function that checks shards of PAIRS against one test segment and returns the report."""
    (tmp_path / "codes").write_text("#version: 0.2\nt h\n")
    (tmp_path / "tokenizer.json").write_text('{"segmenters": {}}')
    pieces = {p: 1 for pair in PAIRS for side in pair for p in Tokenizer(tmp_path).pieces(side.split())}
    Vocabulary.build(pieces, ["en", "gl"], 1, 100).write(tmp_path / "vocabulary.tsv")
    tokenizer = Tokenizer(tmp_path)
    rows = encode.encode(PAIRS, ("en", "gl"), tokenizer)
    write_shards(tmp_path / "shard", rows, ("en", "gl"), tokenizer.vocabulary, 1, {})

    def check(language, segment):
        write_lines(tmp_path / "testsets" / "test" / f"{language}.txt", [segment])
        arguments = ["--subwords", tmp_path, "--vocabulary", tmp_path / "vocabulary.tsv", "--testsets"]
        arguments += [tmp_path / "testsets" / "test" / f"{language}.txt", "--shards", tmp_path / "shard"]
        monkeypatch.setattr(sys, "argv", ["check_leaks", str(tmp_path / "leaks.json"), *map(str, arguments)])
        check_leaks.main()
        return json.loads((tmp_path / "leaks.json").read_text())

    return check


def test_clean_shards_pass_and_are_counted(run):
    assert run("en", "Close the window") == {"segments_checked": 4, "held_out": 1, "found": 0}


@pytest.mark.parametrize(
    ("language", "segment"),
    [("en", "open the file!"), ("gl", "GARDAR TODO"), ("pt", "Gardar todo"), ("en", "Abrir o ficheiro.")],
)
def test_a_held_out_segment_is_found_on_either_side_whatever_its_language(run, tmp_path, language, segment):
    with pytest.raises(UserError, match="shard: 1 segments stand in a test or dev set"):
        run(language, segment)
    assert not (tmp_path / "leaks.json").exists()
