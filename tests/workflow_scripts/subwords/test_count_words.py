import subprocess
import sys
from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from model.command import UserError
from model.text import lexicon
from tests import ROOT
from tests.workflow_scripts.pairs import write_pairs
from tests.workflow_scripts.planned import plan_of, settings_file
from workflow_scripts.plan.text_settings import RULES
from workflow_scripts.subwords import count_words
from workflow_scripts.subwords.count_words import count_text
from workflow_scripts.subwords.counts import WordCounts
from workflow_scripts.text.files import read_windows

SETTINGS = {
    "study": "s",
    "corpora": ["opus:OpenSubtitles/v2018"],
    "monolingual": [{"id": f"file:{code}/1/{code}", "files": {code: f"{code}.txt"}} for code in ("en", "de", "fr")],
    "pairs": {"pretrain": ["de-en", "cs-en", "en-mt", "en-gu"], "downstream": ["en-gl", "de-en"]},
    "segmenters": {"default": "spaces"},
    "subwords": {"monolingual": 533},
    "runs": {"direct": {"train_on": "pretrain"}},
}
ROWS = {"de-en": 250, "cs-en": 170, "en-mt": 40, "en-gu": 7, "de": 50, "en": 900, "en-gl": 20}


def study(**changes):
    return {**SETTINGS, **changes}


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    """Texts whose row n holds one word a side, which is in no other row."""
    folder = tmp_path_factory.mktemp("text")
    for text, rows in ROWS.items():
        codes = text.split("-")
        table = pa.table({code: [f"{text}.{code}.{n}" for n in range(rows)] for code in codes})
        pq.write_table(table, folder / f"{text}.parquet", row_group_size=100)
    return folder


def counted(study, folder, text, group="pretrain"):
    """(language, word) → count."""
    rows = [
        row
        for batch in count_text(RULES["count_words"](plan_of(study), group), folder, text)
        for row in batch.to_pylist()
    ]
    assert rows == sorted(rows, key=lambda row: (text.index(row["language"]), row["word"]))
    return {(row["language"], row["word"]): row["count"] for row in rows}


def all_counted(study, folder):
    return {key: count for text in list(ROWS)[:-1] for key, count in counted(study, folder, text).items()}


@pytest.fixture(scope="module")
def oversampled(texts):
    return all_counted(study(), texts)


@pytest.mark.parametrize(
    ("language", "lines", "copies", "extra"),
    [("en", 1000, 1, 0), ("de", 300, 3, 100), ("cs", 170, 5, 150), ("mt", 40, 25, 0), ("gu", 7, 142, 6)],
)
def test_every_language_reaches_the_size_of_the_largest(oversampled, language, lines, copies, extra):
    counts = Counter(count for (code, _), count in oversampled.items() if code == language)
    assert counts == Counter({copies: lines - extra, copies + 1: extra}) - Counter()


def test_extra_lines_come_from_all_texts_of_a_language(oversampled):
    extra = Counter(word.split(".")[0] for (code, word), count in oversampled.items() if code == "de" and count == 4)
    assert extra.total() == 100 and 60 < extra["de-en"] < 100  # 83 of them are expected, give or take 3


def test_the_seed_decides_which_lines_count_once_more(texts, oversampled):
    assert all_counted(study(), texts) == oversampled
    again = all_counted(study(seed=2), texts)
    assert [key for key in again if key[0] == "cs" and again[key] != oversampled[key]]  # a language of one text
    assert sum(again.values()) == sum(oversampled.values()) == 5 * 1000


def test_monolingual_text_joins_only_where_it_is_asked_for(texts):
    without = study(subwords={"monolingual": 0})
    assert sum(counted(without, texts, "de-en").values()) == 250 + 467
    with pytest.raises(UserError, match="subwords: unknown text 'en'"):
        counted(without, texts, "en")
    with pytest.raises(UserError, match="subwords: unknown text 'fr'"):  # a language of no pair
        counted(study(), texts, "fr")


def test_at_temperature_1_lines_count_once(texts):
    natural = all_counted(study(subwords={"monolingual": 533, "temperature": 1}), texts)
    assert set(natural.values()) == {1} and len(natural) == 1000 + 300 + 170 + 40 + 7


def test_text_that_extends_a_vocabulary_counts_as_it_is(texts):
    assert set(counted(study(), texts, "en-gl", "downstream").values()) == {1}


def test_words_repeat_and_are_those_of_the_segmenter(tmp_path):
    rows = [("It's well-known.", "Sabe-o ben.", "c"), ("It's 3.5%", "É o 3,5 %", "c")]
    write_pairs(tmp_path / "en-gl.parquet", "en-gl", rows)
    settings = {"pairs": {"pretrain": ["en-gl"]}, "segmenters": {}, "subwords": {}}
    counts = counted(study(**settings), tmp_path, "en-gl")
    english = {word: count for (code, word), count in counts.items() if code == "en"}
    assert english == {"It": 2, "￭'￭": 2, "s": 2, "well": 1, "￭-￭": 1, "known": 1, "￭.": 1, "3.5": 1, "￭%": 1}


def test_odd_text_is_counted_like_other(tmp_path):
    lines = ["a\u2028b a", "a\0b", "x" * 5000, "", " ", "ñ\u0301 😀"]
    write_pairs(tmp_path / "en-gl.parquet", "en-gl", [(line, line, "c") for line in lines])
    counts = counted(study(pairs={"pretrain": ["en-gl"]}, subwords={}), tmp_path, "en-gl")
    expected = Counter(word for line in lines for word in line.split())
    assert {word: count for (code, word), count in counts.items() if code == "gl"} == expected


def test_an_empty_text_has_no_words_and_takes_no_lines_from_others(tmp_path):
    write_pairs(tmp_path / "en-gl.parquet", "en-gl", [])
    write_pairs(tmp_path / "en-mt.parquet", "en-mt", [("a b", "c", "c"), ("d", "c", "c")])
    both = study(pairs={"pretrain": ["en-gl", "en-mt"]}, subwords={})
    assert counted(both, tmp_path, "en-gl") == {}
    assert counted(both, tmp_path, "en-mt") == {("en", "a"): 1, ("en", "b"): 1, ("en", "d"): 1, ("mt", "c"): 2}


def test_counts_do_not_depend_on_what_is_remembered_of_words(texts, oversampled, monkeypatch):
    monkeypatch.setattr(lexicon, "MOST_WORDS", 5)
    monkeypatch.setattr(count_words, "read_windows", lambda *of: read_windows(*of, size=64))
    assert sum(counted(study(), texts, "cs-en").values()) == 1000 + 170


def test_a_text_of_very_many_words_loses_rare_ones(texts, monkeypatch, capsys):
    monkeypatch.setattr(count_words, "WordCounts", lambda most: WordCounts(20))
    monkeypatch.setattr(count_words, "read_windows", lambda *of: read_windows(*of, size=8))
    assert len(counted(study(), texts, "cs-en")) <= 40
    said = capsys.readouterr()
    assert "whose counts may be too small" in said.out
    assert "warning: cs-en cs: " in said.err and "% of the running words were dropped" in said.err


def test_the_command_writes_a_file_once_it_is_whole(texts, tmp_path):
    settings = settings_file(SETTINGS, "count_words", "pretrain", folder=tmp_path)
    command = [sys.executable, "-m", "workflow_scripts.subwords.count_words", "--settings", str(settings)]
    command += ["--texts", str(texts)]
    root = ROOT
    done = subprocess.run([*command, "cs-en", str(tmp_path / "out")], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "cs-en cs: 170 lines 5 times, 150 of them once more\ncs-en cs: 170 words\n" in done.stdout
    assert pq.read_table(tmp_path / "out").num_rows == 340
    done = subprocess.run([*command, "cs-enn", str(tmp_path / "no")], cwd=root, capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr == "error: subwords: unknown text 'cs-enn'; did you mean 'cs-en'?\n"
    assert not (tmp_path / "no").exists()
