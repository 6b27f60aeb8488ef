from model.lines import write_lines
from workflow_scripts.report import samples


def test_samples_are_spread_over_the_segments_that_both_languages_have(tmp_path):
    sources = [f"s{n}" for n in range(21)]
    references = ["" if n == 0 else f"r{n}" for n in range(21)]
    write_lines(tmp_path / "testsets/test/en.txt", sources)
    write_lines(tmp_path / "testsets/test/gl.txt", references)
    for run in ("direct/en-gl", "mrasp"):
        write_lines(tmp_path / f"translations/{run}/test.en-gl.txt", [f"{run[0]}{n}" for n in range(21)])
    found = samples(tmp_path, [("direct/en-gl", "test", "en-gl"), ("mrasp", "test", "en-gl")])
    assert found == {
        "test: en-gl": [
            {"source": f"s{n}", "reference": f"r{n}", "hypotheses": {"direct": f"d{n}", "mrasp": f"m{n}"}}
            for n in (3, 7, 11, 15, 19)
        ]
    }


def test_a_small_test_set_is_shown_whole(tmp_path):
    for path in ("testsets/test/en.txt", "testsets/test/gl.txt", "translations/mrasp/test.en-gl.txt"):
        write_lines(tmp_path / path, ["a", "b", "c"])
    (rows,) = samples(tmp_path, [("mrasp", "test", "en-gl")]).values()
    assert [row["source"] for row in rows] == ["a", "b", "c"]
