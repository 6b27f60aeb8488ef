from bench.clean import block, repeated, the_obvious_way, the_real_way
from workflow_scripts.text.files import write_batches


def test_both_ways_keep_as_many_pairs(tmp_path):
    rows = block(None, 300)
    write_batches(tmp_path / "raw.parquet", rows.schema, repeated(rows, 700))
    real, obvious = (
        way(tmp_path / "raw.parquet", tmp_path / "kept.parquet", 1) for way in (the_real_way, the_obvious_way)
    )
    assert real == obvious and 300 < real < 700
