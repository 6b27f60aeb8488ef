import json
from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from model.command import UserError
from model.shards.examples import read_shards
from model.shards.files import read_about
from model.text.ragged import Ragged
from model.text.vocabulary import Vocabulary
from workflow_scripts.shards import gather_shards, parts
from workflow_scripts.text import files

VOCABULARY = Vocabulary.build({f"p{i}": 1 for i in range(100)}, ["en", "gl"], 1, 200)
ROWS = 103  # with 20 in a part file and 8 in a window: six part files, the last of three rows
KIND = {"kind": "original"}


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(parts, "PART", 20)
    monkeypatch.setattr(parts, "WINDOW", 8)


@pytest.fixture
def source(tmp_path):
    """A text in three row groups whose row n holds the number n in English and n + 1 in Galician."""
    table = pa.table({"gl": [str(n + 1) for n in range(ROWS)], "en": [str(n) for n in range(ROWS)]})
    pq.write_table(table, tmp_path / "text.parquet", row_group_size=37)
    return tmp_path / "text.parquet"


def numbers(first, batch):
    """Each row's ids: its number, as often as it has digits."""
    sides = ([[int(line)] * len(line) for line in batch[code].to_pylist()] for code in ("en", "gl"))
    assert batch["en"][0].as_py() == str(first)
    return tuple(map(Ragged.from_lists, sides))


def write(folder, text, part="1-of-1", make=numbers, seed=1, **options):
    share = parts.parse_part(part)
    return parts.write_parts(folder, share, text, "en-gl", make, VOCABULARY, seed, KIND, **options)


def scattered(tmp_path, text, count):
    folders = [tmp_path / f"{i}-of-{count}" for i in range(1, count + 1)]
    for folder in folders:
        write(folder, text, folder.name)
    gather_shards.gather(tmp_path / "gathered", folders)
    return tmp_path / "gathered"


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def rows_of(folder):
    examples = read_shards([folder], VOCABULARY)
    return [
        tuple(side.segments[i].tolist() for side in (examples.source, examples.target)) for i in range(len(examples))
    ]


@pytest.mark.parametrize("count", [2, 5, 8])  # with 8 some jobs have no part file to make
def test_any_number_of_jobs_writes_the_same_bytes(tmp_path, source, count):
    assert write(tmp_path / "one", source) == ROWS
    assert len(contents(tmp_path / "one")) == 6
    assert contents(scattered(tmp_path, source, count)) == contents(tmp_path / "one")


def test_nothing_is_lost_and_nothing_stands_twice(tmp_path, source):
    write(tmp_path / "s", source)
    expected = [([n] * len(str(n)), [n + 1] * len(str(n + 1))) for n in range(ROWS)]
    assert sorted(rows_of(tmp_path / "s")) == expected and rows_of(tmp_path / "s") != expected


def test_rows_move_within_their_window_and_each_window_otherwise(tmp_path, source):
    write(tmp_path / "s", source)
    file = pq.ParquetFile(tmp_path / "s" / "part-00001.parquet")
    found = [file.read_row_group(i)["source"].to_pylist() for i in range(file.num_row_groups)]
    orders = [[row[0] - 20 for row in rows] for rows in found]
    assert [sorted(order) for order in orders] == [list(range(8)), list(range(8, 16)), list(range(16, 20))]
    assert orders[0] != [n - 8 for n in orders[1]]


def test_the_order_hangs_on_the_seed(tmp_path, source):
    write(tmp_path / "one", source)
    write(tmp_path / "other", source, seed=2)
    assert rows_of(tmp_path / "one") != rows_of(tmp_path / "other")
    assert sorted(rows_of(tmp_path / "one")) == sorted(rows_of(tmp_path / "other"))


def test_shares_are_contiguous_and_make_every_part_file_once():
    for rows in (0, 1, 20, 21, 103, 399):
        for count in (1, 2, 3, 8):
            made = [n for index in range(count) for n in parts.my_parts(rows, index, count)]
            assert made == list(range(max(1, -(-rows // 20))))


@pytest.mark.parametrize("text", ["0-of-8", "9-of-8", "2", "2-of-", "-1-of-8", "2-of-0", "a-of-b"])
def test_what_is_no_share_is_refused(text):
    with pytest.raises(UserError, match=r"--part: '.*' is none; write 1-of-8"):
        parts.parse_part(text)
    assert parts.parse_part("2-of-8") == (1, 8)


def test_rows_without_ids_on_a_side_are_left_out_and_counted(tmp_path, source):
    def make(first, batch):
        rows = first + np.arange(batch.num_rows)
        return tuple(Ragged.from_lists([[7] if n % divisor else [] for n in rows]) for divisor in (4, 5))

    assert write(tmp_path / "s", source, make=make) == sum(bool(n % 4 and n % 5) for n in range(ROWS))
    tallies = [json.loads(read_about(path)["tally"]) for path in sorted((tmp_path / "s").iterdir())]
    assert [tally["segments"] for tally in tallies] == [20] * 5 + [3]
    assert tallies[0]["without_ids"] == len({0, 4, 8, 12, 16} | {0, 5, 10, 15})


def test_the_counts_of_a_job_stand_with_the_part_file_they_are_of(tmp_path, source):
    seen = Counter()

    def make(first, batch):
        seen.update(copies=2 * batch.num_rows)
        return tuple(Ragged.joined([side, side]) for side in numbers(first, batch))

    def tally():
        found = dict(seen)
        seen.clear()
        return found

    assert write(tmp_path / "s", source, make=make, tally=tally, languages=("en", "en")) == 2 * ROWS
    about = read_about(tmp_path / "s" / "part-00005.parquet")
    assert json.loads(about["tally"]) == {"segments": 3, "without_ids": 0, "copies": 6} and about["rows"] == "6"
    assert set(read_shards([tmp_path / "s"], VOCABULARY).target.language) == {VOCABULARY.language_id("en")}


def test_a_shard_without_any_row_is_one_that_reads_as_empty(tmp_path, source):
    nothing = Ragged.from_lists([])
    assert write(tmp_path / "s", source, make=lambda *_: (nothing, nothing)) == 0
    assert len(contents(tmp_path / "s")) == 6 and rows_of(tmp_path / "s") == []


def test_a_text_without_segments_is_refused_whatever_the_share(tmp_path):
    pq.write_table(pa.table({"en": pa.array([], pa.string()), "gl": pa.array([], pa.string())}), tmp_path / "t.parquet")
    for part in ("1-of-1", "1-of-2", "2-of-2"):
        with pytest.raises(UserError, match=r"t.parquet: holds no segment for en-gl"):
            write(tmp_path / "s", tmp_path / "t.parquet", part)
    assert not list(tmp_path.glob("s*"))


def test_a_text_in_other_languages_is_refused(tmp_path, source):
    with pytest.raises(UserError, match=r"text.parquet: holds no segment for en-pt"):
        parts.write_parts(tmp_path / "s", parts.WHOLE, source, "en-pt", numbers, VOCABULARY, 1, KIND)


def test_a_job_that_dies_leaves_no_part_and_the_next_one_makes_it_whole(tmp_path, source):
    def dies(first, batch):
        if first == 48:  # in the third part file
            raise KeyboardInterrupt
        return numbers(first, batch)

    write(tmp_path / "one", source)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "s", source, make=dies)
    assert not (tmp_path / "s").exists()
    write(tmp_path / "s", source)
    assert contents(tmp_path / "s") == contents(tmp_path / "one") and not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize(("first", "last"), [(0, 103), (0, 20), (20, 40), (30, 80), (100, 140), (103, 120), (37, 74)])
def test_windows_hold_the_rows_asked_for(source, first, last):
    windows = list(files.read_windows(source, ["en", "gl"], first, last, 8))
    rows = [row for _, batch in windows for row in batch["en"].to_pylist()]
    assert rows == [str(n) for n in range(first, min(last, ROWS))]
    assert [start for start, _ in windows] == list(range(first, min(last, ROWS), 8))
    assert all(batch.num_rows == 8 and batch.schema.names == ["en", "gl"] for _, batch in windows[:-1])
