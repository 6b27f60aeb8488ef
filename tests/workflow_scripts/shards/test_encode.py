import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from model.command import UserError
from model.shards.examples import read_shards
from model.shards.files import read_about
from model.text.lines import write_lines
from model.text.tokenizer import Tokenizer
from model.text.vocabulary import BT_ID, Vocabulary
from tests import ROOT
from tests.workflow_scripts.pairs import write_pairs
from tests.workflow_scripts.planned import settings_file
from workflow_scripts.shards import encode, parts

STUDY = {
    "study": "s",
    "seed": 7,
    "corpora": ["gettext:p/1"],
    "pairs": {"pretrain": ["en-gl"]},
    "runs": {"direct": {"train_on": "pretrain"}},
}
PAIRS = [(f"open file {n}", f"abrir ficheiro {n}") for n in range(50)]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with settings, subwords of single letters, and a text."""
    settings_file(STUDY, "encode", folder=tmp_path)
    (tmp_path / "codes").write_text("#version: 0.2\no p\n")
    (tmp_path / "tokenizer.json").write_text('{"segmenters": {"default": "spaces"}}')
    letters = {piece: 1 for letter in "abcdefhilnopr0123456789" for piece in (letter, f"{letter}@@")}
    Vocabulary.build({**letters, "op@@": 1}, ["en", "gl"], 1, 100).write(tmp_path / "vocabulary.tsv")
    write_pairs(tmp_path / "en-gl.parquet", "en-gl", [(*pair, "corpus") for pair in PAIRS])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command(text, shard, direction="en-gl", *options):
    return [
        "encode", "--settings", "encode.settings.json", "--subwords", ".", "--vocabulary", "vocabulary.tsv", *options,
        direction, str(text), str(shard),
    ]  # fmt: skip


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", command(*arguments))
    encode.main()


def rows_of(shard):
    tokenizer = Tokenizer(".")
    examples = read_shards([shard], tokenizer.vocabulary)
    sides = (examples.source, examples.target)
    return [tuple(" ".join(tokenizer.decode_words(s.segments[i])) for s in sides) for i in range(len(examples))]


@pytest.mark.parametrize(("direction", "order"), [("en-gl", 1), ("gl-en", -1)])
def test_every_segment_comes_back_once_source_first(folder, monkeypatch, direction, order):
    run(monkeypatch, "en-gl.parquet", "s", direction)
    assert sorted(rows_of("s")) == sorted(pair[::order] for pair in PAIRS) and rows_of("s") != PAIRS
    about = read_about("s/part-00000.parquet")
    assert about["rows"] == "50" and about["seed"] == "7" and json.loads(about["settings"])["kind"] == "original"


def test_a_share_of_a_small_text_may_be_empty(folder, monkeypatch):
    monkeypatch.setattr(parts, "PART", 30)
    for part in ("1-of-3", "2-of-3", "3-of-3"):
        run(monkeypatch, "en-gl.parquet", part, "en-gl", "--part", part)
    assert [len(list(Path(f"{i}-of-3").iterdir())) for i in (1, 2, 3)] == [0, 1, 1]


def test_a_test_set_keeps_its_order_and_leaves_out_lines_that_one_language_lacks(folder, monkeypatch):
    write_lines("dev/en.txt", ["open 1", "open 2", "", "open 4"])
    write_lines("dev/gl.txt", ["abrir 1", "", "abrir 3", "abrir 4"])
    run(monkeypatch, "dev", "s")
    assert rows_of("s") == [("open 1", "abrir 1"), ("open 4", "abrir 4")]
    write_lines("dev/gl.txt", [""] * 4)
    with pytest.raises(UserError, match="dev: holds no segment for en-gl"):
        run(monkeypatch, "dev", "other")


def test_odd_characters_are_no_end_of_a_line(folder, monkeypatch):
    rows = [("a\u2028b", "b\x00c", "c"), ("\u2029 \x00 \u00a0", "a", "c"), ("", "b", "c"), ("e", "f", "c")]
    write_pairs("odd.parquet", "en-gl", rows)
    run(monkeypatch, "odd.parquet", "s")
    about = read_about("s/part-00000.parquet")
    tally = json.loads(about["tally"])
    assert tally["segments"] == 4 and tally["without_ids"] + int(about["rows"]) == 4 and tally["without_ids"] >= 1
    assert ("e", "f") in rows_of("s")


def test_a_lone_surrogate_costs_a_character_and_no_line(folder):
    rows = Tokenizer(".").encode_lines(["a \ud800 b", "c", "\udfff", ""], "en")
    vocabulary = Tokenizer(".").vocabulary
    assert len(rows) == 4 and rows[1].tolist() == vocabulary.ids(["c"])
    assert [rows[0][0], rows[0][-1]] == vocabulary.ids(["a", "b"])


def test_ids_are_those_of_one_segment_at_a_time(folder):
    tokenizer = Tokenizer(".")
    text = pa.record_batch([[pair[0] for pair in PAIRS], [pair[1] for pair in PAIRS]], ["en", "gl"])
    for side, code, lines in zip(
        encode.encode(text, "en-gl", tokenizer), ("en", "gl"), zip(*PAIRS, strict=True), strict=True
    ):
        one_by_one = [Tokenizer(".").encode(line, code) for line in lines]
        assert [row.tolist() for row in side] == one_by_one and np.diff(side.starts).tolist() == [*map(len, one_by_one)]


@pytest.mark.parametrize("tagged", [False, True])
def test_translations_are_a_kind_of_their_own_and_begin_with_a_tag_if_asked(folder, monkeypatch, tagged):
    translated = {**STUDY, "backtranslation": {"run": "direct", "tagged": tagged}}
    settings_file(translated, "encode_backtranslated", folder=folder).rename(folder / "bt.settings.json")
    write_pairs("bt.parquet", "en-gl", [*((*pair, "c") for pair in PAIRS), ("", "a", "c"), ("a", "", "c")])
    run(monkeypatch, "bt.parquet", "bt", "en-gl", "--settings", "bt.settings.json")
    run(monkeypatch, "en-gl.parquet", "original")
    assert sorted(rows_of("bt")) == sorted(PAIRS)  # the tag is no word
    about = read_about("bt/part-00000.parquet")
    settings, tally = json.loads(about["settings"]), json.loads(about["tally"])
    assert settings["kind"] == "backtranslated" and settings["tagged"] is tagged and settings["run"] == "direct"
    assert (about["rows"], tally["segments"], tally["without_ids"]) == ("50", 52, 2)
    vocabulary = Tokenizer(".").vocabulary
    for side, begins in (("source", tagged), ("target", False)):
        bt, original = (getattr(read_shards([shard], vocabulary), side) for shard in ("bt", "original"))
        sources = [bt.segments[row].tolist() for row in range(50)]
        assert all(ids.count(BT_ID) == begins and (ids[0] == BT_ID) == begins for ids in sources)
        assert sorted(ids[begins:] for ids in sources) == sorted(original.segments[row].tolist() for row in range(50))


def as_a_command(arguments, **options):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", f"workflow_scripts.shards.{arguments[0]}", *arguments[1:]],
        env=environment, capture_output=True, text=True, **options,
    )  # fmt: skip


def one_error(done):
    lines = [line for line in done.stderr.splitlines() if "segments in" not in line]
    assert done.returncode == 1 and len(lines) == 1 and lines[0].startswith("error: "), done.stderr
    return lines[0]


def test_a_full_disk_is_one_line_and_leaves_no_shard(folder):
    write_pairs("large.parquet", "en-gl", [(f"open {n * 7919}", f"abrir {n * 104729}", "c") for n in range(3000)])

    def small():
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    assert "File too large" in one_error(as_a_command(command("large.parquet", "s"), preexec_fn=small))
    assert not Path("s").exists()


def test_a_folder_that_cannot_be_made_is_one_line(folder):
    Path("file").write_text("no folder")
    assert "file" in one_error(as_a_command(command("en-gl.parquet", "file/s")))


def test_a_text_that_is_not_there_is_one_line(folder):
    assert "no.parquet" in one_error(as_a_command(command("no.parquet", "s")))


def test_a_text_without_segments_is_an_error(folder):
    pq.write_table(pa.table({"en": pa.array([], pa.string()), "gl": pa.array([], pa.string())}), "empty.parquet")
    assert "empty.parquet: holds no segment for en-gl" in one_error(as_a_command(command("empty.parquet", "s")))


@pytest.mark.parametrize("text", ["en-gl.parquet", "dev"])
def test_the_share_of_unknown_subwords_is_told_and_a_large_one_is_a_warning(folder, monkeypatch, capsys, text):
    """Of each five subwords of the Georgian side, two are letters that the vocabulary lacks."""
    pairs = [("open file", "ყa ლop")] * 200
    write_pairs(folder / "en-gl.parquet", "en-gl", [(*pair, "corpus") for pair in pairs])
    for number, code in enumerate(("en", "gl")):
        write_lines(folder / "dev" / f"{code}.txt", [pair[number] for pair in pairs])
    run(monkeypatch, text, "shard")
    said = capsys.readouterr()
    assert "en: 0.00% of 1,400 subwords are <unk>\n" in said.out
    assert said.err.splitlines()[-1].startswith(
        "warning: gl: 40.00% of 1,000 subwords are <unk>: the vocabulary lacks its letters; learn"
    )
