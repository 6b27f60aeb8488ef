import json

from workflow_scripts.figures.sizes import sizes


def test_a_row_a_report(tmp_path):
    for text, counts in (("en-gl", (30, 20)), ("gl", (9, 8))):
        report = dict(zip(("lines_in", "lines_out"), counts, strict=True))
        (tmp_path / f"{text}.report.json").write_text(json.dumps(report))
    found = sizes(sorted(tmp_path.iterdir()))
    assert found.to_numpy().tolist() == [["en-gl", 30, 20], ["gl", 9, 8]]
