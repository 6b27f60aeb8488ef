import os

import pytest

from model.command import UserError
from model.shards.files import part_name, write_part
from model.text.ragged import Ragged
from model.text.vocabulary import Vocabulary
from model.writing import whole_folder
from workflow_scripts.shards.gather_shards import gather

VOCABULARY = Vocabulary.build({"a": 1}, ["en", "gl"], 1, 100)
OTHER = Vocabulary.build({"b": 1}, ["en", "gl"], 1, 100)


@pytest.fixture
def make(tmp_path):
    """A function that makes the folder of one job with some part files and returns it."""

    def make(name, *numbers, vocabulary=VOCABULARY, seed=1, settings=None, parts=1):
        with whole_folder(tmp_path / name) as folder:
            for number in numbers:
                sides = (Ragged.from_lists([[number]]),) * 2
                write_part(
                    folder / part_name(number),
                    [sides],
                    ("en", "gl"),
                    vocabulary,
                    seed,
                    {"parts": parts, **(settings or {})},
                )
        return tmp_path / name

    return make


def test_part_files_of_all_jobs_come_into_one_folder(tmp_path, make):
    jobs = [make("1-of-4"), make("2-of-4", 0, 1), make("3-of-4"), make("4-of-4", 2)]
    gather(tmp_path / "s", jobs)
    assert sorted(path.name for path in (tmp_path / "s").iterdir()) == [part_name(n) for n in range(3)]
    assert (tmp_path / "s" / part_name(2)).read_bytes() == (jobs[3] / part_name(2)).read_bytes()


def test_they_are_copied_where_a_file_cannot_have_two_names(tmp_path, make, monkeypatch):
    def link(*_):
        raise OSError("not permitted")

    monkeypatch.setattr(os, "link", link)
    gather(tmp_path / "s", [make("1-of-1", 0)])
    assert (tmp_path / "s" / part_name(0)).read_bytes() == (tmp_path / "1-of-1" / part_name(0)).read_bytes()


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ([(0, 1), (1, 2)], r"2-of-2.part-00001.parquet: .*1-of-2.part-00001.parquet has the same number"),
        ([(0,), (2,)], "none of 2 parts has part-00001.parquet"),
        ([(), ()], "none of 2 parts has part-00000.parquet"),
        ([(1,), (2,)], "none of 2 parts has part-00000.parquet"),
    ],
)
def test_part_files_that_stand_twice_or_are_missing_are_refused(tmp_path, make, numbers, message):
    jobs = [make(f"{i}-of-2", *some) for i, some in enumerate(numbers, 1)]
    with pytest.raises(UserError, match=message):
        gather(tmp_path / "s", jobs)
    assert not (tmp_path / "s").exists()


def test_the_last_part_files_are_missed_too(tmp_path, make):
    jobs = [make("1-of-3", 0, parts=3), make("2-of-3", 1, parts=3), make("3-of-3")]
    with pytest.raises(UserError, match="none of 3 parts has part-00002.parquet"):
        gather(tmp_path / "s", jobs)


@pytest.mark.parametrize(("key", "other"), [("vocabulary", OTHER), ("seed", 2), ("settings", {"kind": "substituted"})])
def test_part_files_that_were_made_otherwise_are_refused(tmp_path, make, key, other):
    jobs = [make("1-of-2", 0), make("2-of-2", 1, **{key: other})]
    with pytest.raises(UserError, match=f"part-00001.parquet: made with another {key} than "):
        gather(tmp_path / "s", jobs)
