import pandas as pd

from model.analysis.tables import write_table


def test_what_is_written_is_what_pandas_reads(tmp_path):
    rows = [{"word": 'a"b', "x": 0.25, "count": 3}, {"word": "c d", "x": -1e-9, "count": 0}]
    write_table(tmp_path / "new" / "a.tsv", rows)
    read = pd.read_csv(tmp_path / "new" / "a.tsv", sep="\t")
    assert read.to_dict("records") == [{"word": 'a"b', "x": 0.25, "count": 3}, {"word": "c d", "x": 0.0, "count": 0}]
    assert (tmp_path / "new" / "a.tsv").read_text().splitlines()[0] == "word\tx\tcount"
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.tsv"]
