import json
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bench import clean as bench
from model.command import UserError
from model.text.lines import normalised, write_lines
from tests.workflow_scripts.planned import settings_file
from workflow_scripts.corpora.clean import UNREADABLE, Text, clean, main
from workflow_scripts.filters import DEFAULT, merged
from workflow_scripts.text.files import write_batches


def batch(*rows, **scores):
    columns = [pa.array(side, pa.string()) for side in zip(*rows, strict=True)]
    return pa.record_batch([*columns, *map(pa.array, scores.values())], [*["first", "second"][: len(columns)], *scores])


def text(name, *batches, filters=DEFAULT, languages=("en", "gl")):
    return Text(name, languages, iter(batches), filters)


def rows(path):
    return [tuple(row.values()) for row in pq.read_table(path).to_pylist()]


def test_rows_are_kept_in_order_with_their_corpus_and_the_rest_is_counted(tmp_path):
    one = text("one", batch(("Open", "Abrir"), ("", "x"), (" Open ", "Abrir"), ("Same", "Same")), batch(("", "y")))
    two = text("two", batch(("Close\u00a0it", "Pechar"), ("Open", "Abrir"), ("No", "Non")))
    one.drops.add("misaligned", "a", "b", count=3)
    report = clean([one, two], tmp_path / "t.parquet")
    assert rows(tmp_path / "t.parquet") == [
        ("Open", "Abrir", "one"),
        ("Close it", "Pechar", "two"),
        ("No", "Non", "two"),
    ]
    assert pq.read_schema(tmp_path / "t.parquet").names == ["en", "gl", "corpus"]
    # 8 rows were read and 3 lines left out before: 3 stay, 2 are empty, 1 identical, 2 were there before.
    assert report == {
        "lines_in": 11,
        "lines_out": 3,
        "dropped": {"misaligned": 3, "empty": 2, "duplicate": 2, "identical": 1},
        "warnings": [],
        "corpora": {
            "one": {
                "lines_in": 8,
                "lines_out": 1,
                "dropped": {"misaligned": 3, "empty": 2, "identical": 1, "duplicate": 1},
                "examples": {
                    "misaligned": [["a", "b"]],
                    "empty": [["", "x"], ["", "y"]],
                    "identical": [["Same", "Same"]],
                    "duplicate": [["Open", "Abrir"]],
                },
            },
            "two": {
                "lines_in": 3,
                "lines_out": 2,
                "dropped": {"duplicate": 1},
                "examples": {"duplicate": [["Open", "Abrir"]]},
            },
        },
    }
    assert [path.name for path in tmp_path.iterdir()] == ["t.parquet"]


def test_two_files_of_one_name_are_reported_together(tmp_path):
    parts = [text("mine", batch(("a", "b"), ("", "c"))), text("mine", batch(("d", ""), ("a", "b"), ("e", "f")))]
    report = clean(parts, tmp_path / "t.parquet")
    assert report["corpora"]["mine"] == {
        "lines_in": 5,
        "lines_out": 2,
        "dropped": {"empty": 2, "duplicate": 1},
        "examples": {"empty": [["", "c"], ["d", ""]], "duplicate": [["a", "b"]]},
    }


def test_ten_examples_are_kept_of_each_reason(tmp_path):
    many = [(f"same {n}", f"same {n}") for n in range(25)]
    report = clean([text("c", batch(*many[:4]), batch(*many[4:], ("a", "b")))], tmp_path / "t.parquet")
    assert report["dropped"] == {"identical": 25}
    assert report["corpora"]["c"]["examples"]["identical"] == [list(row) for row in many[:10]]


def test_a_corpus_has_filters_of_its_own(tmp_path):
    row = batch(("label_title", "Título"), ("a b c", "d e f"))
    strict = merged(DEFAULT, {"identifiers": True})
    loose = {**DEFAULT, "words": {"max": 2}}
    report = clean([text("study", row, filters=strict), text("own", row, filters=loose)], tmp_path / "t.parquet")
    assert report["corpora"]["study"]["dropped"] == {"identifiers": 1}
    assert report["corpora"]["own"]["dropped"] == {"words": 1}


def test_duplicates_are_dropped_unless_a_study_or_corpus_says_otherwise(tmp_path):
    def kept(filters, other):
        twice = batch(("a", "b"), ("a", "b"), ("a", "c"))
        clean([text("one", twice, filters=filters), text("two", twice, filters=other)], tmp_path / "t.parquet")
        return [(first + second, corpus) for first, second, corpus in rows(tmp_path / "t.parquet")]

    assert kept({}, {}) == [("ab", "one"), ("ac", "one")]
    assert kept({}, {"duplicates": None}) == [("ab", "one"), ("ac", "one"), ("ab", "two"), ("ab", "two"), ("ac", "two")]
    by_side = {"duplicates": {"by": ["pair", "first"]}}
    assert kept(by_side, by_side) == [("ab", "one")]


def test_monolingual_text_has_one_column(tmp_path):
    lines = batch(["Unha liña"], ["Unha  liña"], [""], ["Outra con %d"])
    report = clean([text("c", lines, languages=["gl"])], tmp_path / "gl.parquet")
    assert rows(tmp_path / "gl.parquet") == [("Unha liña", "c"), ("Outra con %d", "c")]
    assert report["dropped"] == {"empty": 1, "duplicate": 1}
    assert pq.read_schema(tmp_path / "gl.parquet").names == ["gl", "corpus"]


def test_mined_text_is_chosen_by_its_scores(tmp_path):
    mined = batch(("a", "b"), ("c", "d"), laser=[1.1, 1.0])
    chosen = {"score": {"min": {"laser": 1.05}}}
    report = clean([text("mined", mined, filters=chosen), text("other", batch(("e", "f")))], tmp_path / "t.parquet")
    assert rows(tmp_path / "t.parquet") == [("a", "b", "mined"), ("e", "f", "other")]
    assert report["dropped"] == {"score": 1}


def test_several_processes_write_the_same_bytes(tmp_path):
    def texts():
        batches = [batch(*((f"line {n} {i}", f"liña {n % 3} {i}") for i in range(20)), ("", "x")) for n in range(40)]
        return [text("one", *batches[:25]), text("two", *batches[20:])]

    alone = clean(texts(), tmp_path / "alone.parquet", threads=1)
    assert clean(texts(), tmp_path / "shared.parquet", threads=2) == alone
    assert alone["dropped"] == {"duplicate": 5 * 20, "empty": 25 + 20}
    assert (tmp_path / "alone.parquet").read_bytes() == (tmp_path / "shared.parquet").read_bytes()


HOSTILE = [
    ("nul \0 in it", "\0"),
    ("one\u2028line", "two\u2029 lines"),
    ("ends in CRLF\r\n", "acaba así\r"),
    ("\ufeffbegins with a mark", "comeza cunha marca"),
    ("Tie\u0302\u0301ng Vie\u0323\u0302t", "Tiếng Việt"),
    ("\u0651\u064e\u0651", "مُحَمَّد"),
    ("क\u093c\u094d\u0937", "हि\u0302न्दी"),
    ("\u0301\u0301 begins with marks", "acentos"),
    ("\U0010ffff\ue000\U000e0001", "sen asignar"),
    ("", ""),
    ("word " * 2_000_000, "dez megabytes"),
    ("x" * 10_000_000, "unha palabra"),
    ("ok then", "vale pois"),
]


def test_hostile_text_goes_through_as_line_by_line(tmp_path):
    everything = {"empty": {}, "characters": {"max": 50_000_000}, "duplicates": None}
    report = clean([text("c", batch(*HOSTILE), filters=everything)], tmp_path / "t.parquet")
    normal = [(normalised(first), normalised(second), "c") for first, second in HOSTILE]
    assert rows(tmp_path / "t.parquet") == [row for row in normal if row[0] and row[1]]
    assert report["dropped"] == {"empty": 2}
    clean([text("c", batch(*HOSTILE))], tmp_path / "t.parquet")  # with all filters, to see that none stumbles
    assert ("ok then", "vale pois", "c") in rows(tmp_path / "t.parquet")


def test_text_of_which_nothing_is_left_is_one_line(tmp_path):
    with pytest.raises(
        UserError, match="no text is left for en-gl .dropped: empty 2, identical 1.; loosen the filters"
    ):
        clean([text("c", batch(("", "x"), ("a", "a"), ("", "")))], tmp_path / "t.parquet")
    with pytest.raises(UserError, match="no text is left for en-gl .dropped: nothing was found."):
        clean([text("c"), text("d", batch(("a", "b"))[:0])], tmp_path / "t.parquet")
    assert list(tmp_path.iterdir()) == []


def test_a_filter_that_takes_more_than_a_tenth_of_a_corpus_is_named(tmp_path):
    good, copies = ([(f"Line {n}", f"{other} {n}") for n in range(270)] for other in ("Liña", "Line"))
    for some in ([*good[:200], *copies[:99]], [*good, *copies[:30]], [*good] * 3):  # 299 rows; a tenth; repeated
        assert clean([text("c", batch(*some))], tmp_path / "t.parquet")["warnings"] == []
    report = clean([text("c", batch(*good, *copies[:61])), text("d", batch(("a", "b")))], tmp_path / "t.parquet")
    assert report["warnings"] == [
        "c: the filter identical drops 61 of 331 segments (18%); if they are good, change filters.identical in the"
        " study (null switches it off)"
    ]


@pytest.mark.parametrize("reason", sorted(UNREADABLE))
def test_a_corpus_of_which_more_than_a_tenth_cannot_be_read_is_named(tmp_path, reason):
    good = [(f"Line {n}", f"Liña {n}") for n in range(270)]
    some, many = text("c", batch(*good)), text("c", batch(*good))
    some.drops.add(reason, "x", count=30)
    many.drops.add(reason, "x", count=31)
    assert clean([some], tmp_path / "t.parquet")["warnings"] == []
    assert clean([many], tmp_path / "t.parquet")["warnings"] == [
        f"c: 31 of 301 segments (10%) cannot be read ({reason}); mend its files, or its entry in the study"
    ]


def test_a_small_corpus_of_which_nothing_is_left_is_a_warning(tmp_path):
    tiny = text("tiny", batch(("a", "a"), ("Open", "Abrir")))
    report = clean([text("large", batch(("Open", "Abrir"), ("No", "Non"))), tiny], tmp_path / "t.parquet")
    assert report["warnings"] == ["tiny: nothing of it is left (identical 1, duplicate 1)"]
    assert [row[-1] for row in rows(tmp_path / "t.parquet")] == ["large", "large"]


@pytest.mark.parametrize(("count", "stops"), [(2, False), (299, False), (300, True)])
def test_a_large_corpus_of_which_nothing_is_left_stops(tmp_path, monkeypatch, capsys, count, stops):
    monkeypatch.chdir(tmp_path)
    for name, other, length in (("good", "gl", 3), ("bad", "en", count)):
        write_lines(f"{name}.en", [f"en{n}" for n in range(length)])
        write_lines(f"{name}.gl", [f"{other}{n}" for n in range(length)])
    corpora = [{"id": f"file:{n}/1", "files": {"en": f"{n}.en", "gl": f"{n}.gl"}} for n in ("good", "bad")]
    study = {"study": "s", "corpora": corpora, "pairs": {"all": ["en-gl"]}, "runs": {"r": {"train_on": "all"}}}
    settings = settings_file(study, "clean", "en-gl", folder=tmp_path)
    monkeypatch.setattr(sys, "argv", ["clean", "--settings", str(settings), "--text", "en-gl", "t.parquet", "t.json"])
    if stops:
        with pytest.raises(UserError, match="file:bad/1: nothing of it is left .identical 300.; mend its entry"):
            main()
        assert not Path("t.parquet").exists() and not Path("t.json").exists()
    else:
        main()
        error = capsys.readouterr().err
        assert f"warning: en-gl: file:bad/1: nothing of it is left (identical {count})" in error
        assert json.loads(Path("t.json").read_text())["lines_out"] == 3


def test_nothing_half_written_stays(tmp_path):
    def breaks():
        yield batch(("a", "b"))
        raise UserError("c: damaged; fetch it again")

    with pytest.raises(UserError, match="damaged"):
        clean([Text("c", ("en", "gl"), breaks(), DEFAULT)], tmp_path / "t.parquet")
    assert list(tmp_path.iterdir()) == []


def test_the_command_cleans_a_text_of_a_study(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_lines("a.en", ["Open the file", "Same", "Open the file"])
    write_lines("a.gl", ["Abrir o ficheiro", "Same", "Abrir o ficheiro"])
    study = {
        "study": "s",
        "corpora": [{"id": "file:mine/1", "files": {"en": "a.en", "gl": "a.gl"}, "filters": {"identical": None}}],
        "pairs": {"all": ["en-gl"]},
        "runs": {"r": {"train_on": "all"}},
    }
    settings = settings_file(study, "clean", "en-gl", folder=tmp_path)
    arguments = ["--settings", str(settings), "--text", "en-gl", "--threads", "1", "t.parquet", "t.json"]
    monkeypatch.setattr(sys, "argv", ["clean", *arguments])
    main()
    kept = [("Open the file", "Abrir o ficheiro", "file:mine/1"), ("Same", "Same", "file:mine/1")]
    assert rows("t.parquet") == kept
    report = json.loads(Path("t.json").read_text())
    assert report["dropped"] == report["corpora"]["file:mine/1"]["dropped"] == {"duplicate": 1}
    assert "en-gl: 2 of 3 segments kept" in capsys.readouterr().out


def test_the_bench_compares_ways_that_keep_the_same(tmp_path):
    made = bench.block(None, 3000)
    write_batches(tmp_path / "raw.parquet", made.schema, bench.repeated(made, 5000))
    kept = bench.the_obvious_way(tmp_path / "raw.parquet", tmp_path / "obvious.parquet", 1)
    assert bench.the_real_way(tmp_path / "raw.parquet", tmp_path / "real.parquet", 1) == kept
    assert rows(tmp_path / "real.parquet") == rows(tmp_path / "obvious.parquet")
    assert 4000 < kept < 5000  # some are bad, some there twice
