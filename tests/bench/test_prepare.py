import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bench.corpus import learn_subwords, read_text
from bench.prepare import Inputs, compare, ids_of
from bench.subword_nmt_agreement import compare_side
from model.command import UserError
from model.text.bpe import Merges
from model.text.lexicon import Lexicon
from model.text.tokenizer import Tokenizer
from tests import ROOT
from tests.toy import sentences


def bench(module, *arguments):
    command = [sys.executable, "-m", f"bench.{module}", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    """Toy text whose lines differ in what the Moses rules do to them."""
    folder = tmp_path_factory.mktemp("text")
    endings = ['e.g. it\'s "so"', "<b>x</b> don't", "No. 5, cat's-eye", ", then", "..."]
    pairs = [(f"{a} {endings[n % 5]}", f"{b} {endings[n % 5]}") for n, (a, b) in enumerate(sentences(150))]
    columns = [*zip(*pairs, strict=True), ["toy"] * len(pairs)]
    pq.write_table(pa.table(dict(zip(("en", "gl", "corpus"), columns, strict=True))), folder / "en-gl.parquet")
    return folder


@pytest.fixture(scope="module")
def prepared(text, tmp_path_factory):
    """What bench/prepare.py prints of it."""
    options = ["--pairs", 100, "--sizes", 200, "--processes", 2, "--merges", 30]
    return bench("prepare", text, "en-gl", *options, "--folder", tmp_path_factory.mktemp("work"))


@pytest.mark.slow
def test_both_ways_are_measured_and_write_the_same_ids(prepared):
    assert prepared.returncode == 0, prepared.stderr
    assert "both wrote the same ids of 100 pairs" in prepared.stdout
    assert "ours to today's chain: " in prepared.stdout


def test_other_ids_than_the_peers_are_an_error(tmp_path):
    inputs = Inputs(tmp_path, "en-gl", *[tmp_path] * 3)
    (tmp_path / "original").mkdir()
    for name, ids in (("peer.original", [7, 8]), ("original/part-00000.parquet", [7, 9])):
        pq.write_table(pa.table({"source": [[5], ids], "target": [[5], [6]]}), tmp_path / name)
    assert ids_of(tmp_path / "original") == (2, [3, 21, 2, 11])
    with pytest.raises(UserError, match="do not trust"):
        compare(inputs)


@pytest.mark.slow
def test_longer_texts_are_measured_in_two_parts_at_the_same_time(prepared):
    assert "gather_shards substituted" in prepared.stdout and "2 processes, 200 pairs:" in prepared.stdout


def test_batches_agree_with_sacremoses_and_subword_nmt(text):
    found = bench("subword_nmt_agreement", text, "--merges", 30, "--processes", 1)
    assert found.returncode == 0, found.stderr
    assert "300 segments of 2 sides compared; different: words 0, pieces 0, ids 0" in found.stdout


@pytest.fixture(scope="module")
def subwords(text, tmp_path_factory):
    folder = tmp_path_factory.mktemp("learned") / "subwords"
    return learn_subwords(folder, read_text(text, "en-gl"), "en-gl", 30)


FAULTS = {
    "words": (Lexicon, "split", lambda split: lambda *a: backwards(split(*a))),
    "pieces": (Merges, "pieces", lambda pieces: lambda _, words: [[word] for word in words]),
    "ids": (Tokenizer, "encode_lines", lambda encode: lambda *a: backwards(encode(*a))),
}


def backwards(rows):
    return rows.take(np.arange(len(rows))[::-1])


@pytest.mark.parametrize("stage", FAULTS)
def test_a_fault_is_found_in_its_stage(text, subwords, stage, monkeypatch):
    owner, name, fault = FAULTS[stage]
    monkeypatch.setattr(owner, name, fault(getattr(owner, name)))
    result = compare_side((text / "en-gl.parquet", "en", subwords))
    assert result.segments == 150 and result.differences[stage] > 100
    assert [example[0] for example in result.examples].count(stage) == 10
