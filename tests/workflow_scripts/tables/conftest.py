import pytest

from model.text.lines import write_lines
from tests.workflow_scripts.tables.score_files import SIDES, score_file


@pytest.fixture
def testsets(tmp_path):
    for code, lines in SIDES.items():
        write_lines(tmp_path / "testsets" / "test" / f"{code}.txt", lines)
    return tmp_path / "testsets"


@pytest.fixture
def files(tmp_path):
    return [
        score_file(tmp_path, "direct/en-gl", "en-gl", sacrebleu=10.0, chrf=20.0),
        score_file(tmp_path, "direct/gl-en", "gl-en", sacrebleu=20.0, chrf=40.0),
        score_file(tmp_path, "ft/en-gl", "en-gl", sacrebleu=31.5, chrf=63.0),
    ]
