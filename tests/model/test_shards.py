import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from model.command import UserError
from model.shards import read_shards, write_shards
from model.vocabulary import Vocabulary

VOCABULARY = Vocabulary.build({"a": 3, "b": 2, "c": 1}, ["en", "gl"], 1, 100)
ROWS = [([6, 7], [8]), ([7], [6, 6, 8]), ([], [7])]


def write(folder, rows=ROWS, vocabulary=VOCABULARY, **kwargs):
    write_shards(folder, rows, ("en", "gl"), vocabulary, 5, {"kind": "original"}, **kwargs)
    return folder


def segments(side):
    return [side.segment(i).tolist() for i in range(len(side.language))]


def test_rows_come_back_in_order_over_several_parts(tmp_path):
    folder = write(tmp_path / "s", rows_a_part=2)
    assert sorted(p.name for p in folder.iterdir()) == ["part-00000.parquet", "part-00001.parquet"]
    examples = read_shards([folder], VOCABULARY)
    assert segments(examples.source) == [[6, 7], [7], []]
    assert segments(examples.target) == [[8], [6, 6, 8], [7]]
    assert examples.source.language.tolist() == [VOCABULARY.language_id("en")] * 3
    assert examples.target.language.tolist() == [VOCABULARY.language_id("gl")] * 3


def test_the_contract_of_columns_and_metadata(tmp_path):
    table = pq.read_table(write(tmp_path / "s") / "part-00000.parquet")
    assert table.column_names == ["source", "target", "source_lang", "target_lang"]
    assert str(table.schema.field("source").type.value_type) == "uint16"
    about = {k.decode(): v.decode() for k, v in table.schema.metadata.items()}
    assert about["vocabulary"] == VOCABULARY.sha256() and about["rows"] == "3" and about["seed"] == "5"
    assert json.loads(about["settings"]) == {"kind": "original"}


def test_several_folders_are_joined(tmp_path):
    folders = [write(tmp_path / "a"), write(tmp_path / "b", rows=[([8], [8])])]
    examples = read_shards(folders, VOCABULARY)
    assert len(examples) == 4 and segments(examples.source)[3] == [8]
    assert examples.source.lengths().tolist() == [2, 1, 0, 1]


def test_a_vocabulary_that_extends_the_shards_own_reads_them(tmp_path):
    longer = VOCABULARY.extended({"novo": 2}, ["ro"], 1)
    assert len(read_shards([write(tmp_path / "s")], longer)) == 3


def test_another_vocabulary_is_refused(tmp_path):
    other = Vocabulary.build({"z": 1}, ["en", "gl"], 1, 100)
    with pytest.raises(UserError, match="another vocabulary"):
        read_shards([write(tmp_path / "s")], other)


def test_a_folder_without_parts_is_refused(tmp_path):
    with pytest.raises(UserError, match="holds no part"):
        read_shards([tmp_path], VOCABULARY)


def test_large_vocabularies_take_wider_ids(tmp_path):
    large = Vocabulary([f"p{i}" for i in range(70_000)], [1] * 70_000)
    folder = write(tmp_path / "s", rows=[([69_999], [0])], vocabulary=large)
    assert pq.read_table(folder)["source"].type.value_type.bit_width == 32


def test_an_empty_direction_reads_as_empty(tmp_path):
    examples = read_shards([write(tmp_path / "a", rows=[]), write(tmp_path / "b")], VOCABULARY)
    assert len(examples) == 3
    assert len(read_shards([write(tmp_path / "c", rows=[])], VOCABULARY)) == 0
    assert examples.source.ids.dtype == np.uint16
