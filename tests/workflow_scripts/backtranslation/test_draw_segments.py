import sys

import numpy as np
import pyarrow as pa
import pytest

from tests.workflow_scripts.planned import settings_file
from workflow_scripts.backtranslation import draw_segments
from workflow_scripts.backtranslation.draw_segments import drawn
from workflow_scripts.draws import stream, uniform
from workflow_scripts.plan import backtranslation
from workflow_scripts.text import files
from workflow_scripts.text.files import write_batches

KEY = stream(1, "en-gl", "test")
ROWS = 1000


def test_those_with_the_smallest_draws_are_chosen_in_their_order(monkeypatch):
    ranked = sorted(range(ROWS), key=lambda row: uniform(KEY, row)[()])
    for step in (1, 7, 10**6):
        monkeypatch.setattr(draw_segments, "STEP", step)
        assert drawn(KEY, ROWS, 100).tolist() == sorted(ranked[:100])


def test_more_segments_are_the_same_and_others():
    assert set(drawn(KEY, ROWS, 50)) < set(drawn(KEY, ROWS, 51))
    assert drawn(KEY, ROWS, ROWS + 5).tolist() == list(range(ROWS)) and not len(drawn(KEY, 0, 5))


def test_every_segment_is_as_likely():
    times = np.zeros(40)
    for seed in range(500):
        times[drawn(stream(seed, "x"), 40, 10)] += 1
    assert abs(times - 125).max() < 5 * (500 * 0.25 * 0.75) ** 0.5


@pytest.fixture
def draw(tmp_path, monkeypatch):
    """A function that draws from 1,000 segments, ten a file, and returns the lines of each file."""
    monkeypatch.setattr(draw_segments, "WINDOW", 10)
    monkeypatch.setattr(backtranslation, "WINDOW", 10)
    monkeypatch.setattr(files, "ROWS", 64)
    batch = pa.record_batch([[f"liña {n}" for n in range(ROWS)], ["c"] * ROWS], ["gl", "corpus"])
    write_batches(tmp_path / "gl.parquet", batch.schema, [batch])

    def draw(segments, direction="en-gl", seed=1):
        study = {
            "study": "s",
            "seed": seed,
            "corpora": ["gettext:p/1"],
            "pairs": {"all": ["en-gl"]},
            "runs": {"ft": {"train_on": "all"}},
            "backtranslation": {"run": "ft", "segments": segments},
        }
        folder = tmp_path / "drawn"
        settings = settings_file(study, "draw_segments", folder=tmp_path)
        arguments = ["--settings", settings, direction, tmp_path / "gl.parquet", folder]
        monkeypatch.setattr(sys, "argv", ["draw_segments", *map(str, arguments)])
        draw_segments.main()
        return {path.name: path.read_text().splitlines() for path in sorted(folder.iterdir())}

    return draw


def test_segments_are_written_in_files_of_a_window(draw):
    files = draw(25)
    assert [len(files[f"segments.{number}.txt"]) for number in range(3)] == [10, 10, 5] and len(files) == 3
    rows = [int(line.split()[1]) for lines in files.values() for line in lines]
    assert rows == sorted(set(rows)) == drawn(stream(1, "en-gl", "backtranslated"), ROWS, 25).tolist()
    assert draw(25) == files != draw(25, direction="ro-gl") and draw(25, seed=2) != files


def test_files_for_more_than_the_text_has_are_empty(draw):
    files = draw(1015)
    assert len(files) == 102 and not files["segments.100.txt"] and not files["segments.101.txt"]
    assert sorted(line for lines in files.values() for line in lines) == sorted(f"liña {n}" for n in range(ROWS))
