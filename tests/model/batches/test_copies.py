"""The share of substituted copies among the rows of an epoch."""

import pytest
from pydantic import ValidationError

from model.config.run import Task
from tests.model.batches.test_mixture import mixture, one_epoch, rows_of, shards


def with_copies(folder, share=0.4, **settings):
    """Rows of an epoch of each folder, first those of originals."""
    originals = [("en-gl", 100), ("en-pt", 50), ("gl-en", 100), ("en-es", 20)]
    copies = [("en-gl", 80), ("en-pt", 45), ("en-es", 0)]
    named = [("original", *some) for some in originals] + [("copies", *some) for some in copies]
    made = [shards(folder / kind / name, ("en", "pt"), rows) for kind, name, rows in named]
    chosen = {"copy_share": share, "copies": list(map(str, made[4:]))} if share else {}
    task = Task(objective="translation", shards=list(map(str, made)), **chosen, **settings)
    return mixture(task).streams[0].rows_per_epoch


@pytest.mark.parametrize(
    ("settings", "rows"),
    [
        ({"share": None}, [100, 50, 100, 20, 80, 45]),
        ({}, [60, 30, 100, 20, 40, 20]),
        ({"share": 0.9}, [10, 5, 100, 20, 90, 45]),  # of 80 copies some come twice
        # As the roots of 100, 50, 100 and 20: 85.6, 60.5, 85.6 and 38.3 of 270 rows, rounded up.
        ({"temperature": 2.0}, [86 - 34, 61 - 24, 86, 39, 34, 24]),
        # Of each folder at most 30: a direction has as many rows as originals are taken.
        ({"segments": 30}, [18, 18, 30, 20, 12, 12]),
        # As the roots of 180, 95, 100 and 20: 140.8, 102.3, 104.95 and 46.9 of 395 rows, rounded up.
        ({"share": None, "temperature": 2.0}, [78, 54, 105, 47, 62, 48]),
    ],
)
def test_copies_take_a_share_of_the_rows_of_their_direction(tmp_path, settings, rows):
    assert with_copies(tmp_path, **settings) == rows


def test_folders_of_one_direction_share_what_the_copies_leave(tmp_path):
    """Original and back-translated text decide the rows of en-pt: 35 + 65, of which 20 are copies."""
    named = [("original/en-gl", 90), ("original/en-pt", 35), ("back/en-pt", 65), ("copies/en-pt", 10)]
    paths = [str(shards(tmp_path / name, ("en", "pt"), rows)) for name, rows in named]
    task = Task(objective="translation", shards=paths, copies=paths[-1:], copy_share=0.2)
    made = mixture(task)
    assert made.streams[0].rows_per_epoch == [90, 28, 52, 20]
    assert len(rows_of(b for s in one_epoch(made) for b in s.batches)) == 190


def test_a_run_without_a_share_of_copies_has_the_record_and_so_the_fingerprint_of_earlier_versions():
    task = Task(objective="translation", shards=["a"])
    assert set(task.model_dump()) == {
        *("share", "temperature", "mask_ratio", "unit", "stacks", "segments", "objective", "shards")
    }
    with pytest.raises(ValidationError, match="copies: they go with copy_share"):
        Task(objective="translation", shards=["a", "b"], copies=["b"])
    with pytest.raises(ValidationError, match="but not all"):
        Task(objective="translation", shards=["b"], copies=["b"], copy_share=0.5)
