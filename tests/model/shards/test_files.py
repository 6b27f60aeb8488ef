import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from model.command import UserError
from model.shards import files
from model.shards.examples import read_shards
from model.shards.files import part_name, read_about, write_part
from model.text.ragged import Ragged
from model.text.vocabulary import Vocabulary
from model.writing import whole_folder

VOCABULARY = Vocabulary.build({"a": 3, "b": 2, "c": 1}, ["en", "gl"], 1, 100)
ROWS = [([6, 7], [8]), ([7], [6, 6, 8]), ([], [7])]


def ragged(rows):
    return tuple(Ragged.from_lists(list(side)) for side in zip(*rows, strict=True)) if rows else (NOTHING, NOTHING)


NOTHING = Ragged.from_lists([])


def write(folder, *parts, vocabulary=VOCABULARY):
    """A shard folder; each part is a list of windows, each of these a list of rows."""
    with whole_folder(folder) as made:
        for number, windows in enumerate(parts or ([ROWS],)):
            path, sides = made / part_name(number), map(ragged, windows)
            write_part(path, sides, ("en", "gl"), vocabulary, 5, {"kind": "original"}, lambda: {"seen": 9})
    return folder


def segments(side):
    return [side.segments[i].tolist() for i in range(len(side.language))]


def test_rows_come_back_in_order_over_several_parts(tmp_path):
    folder = write(tmp_path / "s", [ROWS[:1], ROWS[1:2]], [ROWS[2:]])
    assert sorted(p.name for p in folder.iterdir()) == ["part-00000.parquet", "part-00001.parquet"]
    examples = read_shards([folder], VOCABULARY)
    assert segments(examples.source) == [[6, 7], [7], []]
    assert segments(examples.target) == [[8], [6, 6, 8], [7]]
    assert examples.source.language.tolist() == [VOCABULARY.language_id("en")] * 3
    assert examples.target.language.tolist() == [VOCABULARY.language_id("gl")] * 3


def test_the_contract_of_columns_and_metadata(tmp_path):
    path = write(tmp_path / "s") / "part-00000.parquet"
    schema, about = pq.read_schema(path), read_about(path)
    assert schema.names == ["source", "target", "source_lang", "target_lang"]
    assert [str(schema.field(n).type.value_type) for n in schema.names] == ["uint16", "uint16", "string", "string"]
    assert about["vocabulary"] == VOCABULARY.sha256() and about["rows"] == "3" and about["seed"] == "5"
    assert json.loads(about["settings"]) == {"kind": "original"} and json.loads(about["tally"]) == {"seen": 9}
    assert pq.ParquetFile(path).metadata.row_group(0).column(0).compression == "ZSTD"


def test_no_row_group_is_larger_than_wanted_or_has_rows_of_two_windows(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "ROW_GROUP", 2)
    path = tmp_path / "p.parquet"
    windows = map(ragged, [ROWS, [], ROWS[:2]])
    assert write_part(path, windows, ("en", "gl"), VOCABULARY, 1, {}) == 5
    file = pq.ParquetFile(path).metadata
    assert [file.row_group(i).num_rows for i in range(file.num_row_groups)] == [2, 1, 2]


def test_windows_are_written_one_by_one(tmp_path):
    """The file grows while the windows come, so that no more than one of them has to be held."""
    sizes, part = [], tmp_path / "p.parquet.part"

    def windows():
        for _ in range(5):
            sizes.append(part.stat().st_size)
            yield ragged([(list(np.arange(4000) % 9), [1])] * 50)

    write_part(tmp_path / "p.parquet", windows(), ("en", "gl"), VOCABULARY, 1, {})
    assert sizes == sorted(set(sizes)) and [p.name for p in tmp_path.iterdir()] == ["p.parquet"]


def test_an_error_on_the_way_leaves_nothing_under_the_final_name(tmp_path):
    def windows():
        yield ragged(ROWS)
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"), whole_folder(tmp_path / "s") as made:
        write_part(made / part_name(0), windows(), ("en", "gl"), VOCABULARY, 1, {})
    assert not list(tmp_path.iterdir())


def test_several_folders_are_joined(tmp_path):
    folders = [write(tmp_path / "a"), write(tmp_path / "b", [[([8], [8])]])]
    examples = read_shards(folders, VOCABULARY)
    assert len(examples) == 4 and segments(examples.source)[3] == [8]
    assert examples.source.segments.lengths().tolist() == [2, 1, 0, 1]


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


@pytest.mark.parametrize(("rows", "ids", "last"), [(2**16, "uint16", 65_535), (2**16 + 1, "int32", 65_536)])
def test_ids_are_as_wide_as_the_vocabulary_asks(tmp_path, rows, ids, last):
    language_tokens = [-1] * 2
    pieces = ["<lang:en>", "<lang:gl>", *(f"p{i}" for i in range(rows - 2))]
    vocabulary = Vocabulary(pieces, language_tokens + [1] * (rows - 2))
    folder = write(tmp_path / "s", [[([last], [0])]], vocabulary=vocabulary)
    assert str(pq.read_table(folder)["source"].type.value_type) == ids
    assert segments(read_shards([folder], vocabulary).source) == [[last]]


def test_an_empty_direction_reads_as_empty(tmp_path):
    examples = read_shards([write(tmp_path / "a", []), write(tmp_path / "b")], VOCABULARY)
    assert len(examples) == 3 and examples.source.segments.values.dtype == np.uint16
    assert examples.target.language.tolist() == [VOCABULARY.language_id("gl")] * 3
    assert len(read_shards([write(tmp_path / "c", [])], VOCABULARY)) == 0
    assert read_about(tmp_path / "c" / "part-00000.parquet")["rows"] == "0"


def test_a_file_that_was_cut_is_one_line(tmp_path):
    path = tmp_path / part_name(0)
    write_part(path, [ragged(ROWS)], ("en", "gl"), VOCABULARY, 1, {})
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(UserError, match=r"part-00000.parquet: damaged; delete its folder"):
        read_shards([tmp_path], VOCABULARY)


def test_the_amount_of_text_is_that_of_all_folders(tmp_path):
    """Of each file the side with more ids counts: 3 sources and 5 targets (an empty side counts as one id)."""
    first, second = write(tmp_path / "a", [ROWS]), write(tmp_path / "b", [ROWS[:1]], [ROWS[1:2]])
    assert files.measure([first]) == (3, 5)
    assert files.measure([first, second]) == (5, 5 + 2 + 3)
    with pytest.raises(UserError, match="holds no part"):
        files.measure([tmp_path])
