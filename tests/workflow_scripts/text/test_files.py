import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.workflow_scripts.pairs import write_pairs
from workflow_scripts.text.files import Pairs, read_batches, write_batches


def test_pairs_round_trip(tmp_path):
    write_pairs(tmp_path / "p.parquet", "en-gl", [("a", "b", "corpus"), ("c", "d", "corpus")])
    assert list(Pairs(tmp_path / "p.parquet", "en-gl")) == [("a", "b"), ("c", "d")]
    assert list(Pairs(tmp_path / "p.parquet", "gl-en")) == [("b", "a"), ("d", "c")]
    assert [p.name for p in tmp_path.iterdir() if p.suffix == ".part"] == []


def test_pairs_of_a_file_can_be_gone_through_again(tmp_path):
    write_pairs(tmp_path / "p.parquet", "en-gl", [("a", "b", "corpus")])
    pairs = Pairs(tmp_path / "p.parquet", "gl-en")
    assert list(pairs) == list(pairs) == [("b", "a")]


def test_batches_are_written_in_row_groups_whole_or_not_at_all(tmp_path):
    batch = pa.record_batch([pa.array(["x"] * 60_000)], ["en"])
    write_batches(tmp_path / "x.parquet", batch.schema, [batch] * 4)
    assert sum(found.num_rows for found in read_batches(tmp_path / "x.parquet")) == 240_000
    assert pq.ParquetFile(tmp_path / "x.parquet").metadata.num_row_groups == 2

    def broken():
        yield batch
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_batches(tmp_path / "y.parquet", batch.schema, broken())
    assert not (tmp_path / "y.parquet").exists()


def test_a_file_is_read_without_holding_it(tmp_path):
    lines = [random.Random(i).randbytes(500).hex() for i in range(20_000)]
    pq.write_table(pa.table({"en": lines}), tmp_path / "x.parquet", row_group_size=1000)  # 20 groups of 1 MB each
    before = pa.total_allocated_bytes()
    held = [pa.total_allocated_bytes() - before for _ in read_batches(tmp_path / "x.parquet")]
    assert len(held) >= 5 and max(held) < 10_000_000
