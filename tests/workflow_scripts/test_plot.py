import subprocess
import sys

import pandas as pd
import pytest

from workflow_scripts.figures import KINDS
from workflow_scripts.plot import main, read_table, write

CURVES = "model\tupdate\tdev_loss\tdev_bleu\nmrasp\t10\t3.0\t\nmrasp\t20\t2.0\t\n"


@pytest.fixture
def curves(tmp_path):
    (tmp_path / "curves.tsv").write_text(CURVES)
    return tmp_path / "curves.tsv"


def test_a_table_becomes_an_svg_and_a_png(curves, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["plot", "learning_curves", str(curves), str(tmp_path / "drawn")])
    main()
    assert (tmp_path / "drawn.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (tmp_path / "drawn.svg").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["curves.tsv", "drawn.png", "drawn.svg"]


def test_the_same_table_gives_the_same_bytes_from_one_process_to_another(curves, tmp_path):
    write(KINDS["learning_curves"].draw(read_table(curves)), tmp_path / "a")
    command = [sys.executable, "-m", "workflow_scripts.plot", "learning_curves", str(curves), str(tmp_path / "b")]
    subprocess.run(command, check=True)
    for ending in ("svg", "png"):
        assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()


def test_languages_and_runs_are_read_as_they_are_written(tmp_path):
    (tmp_path / "t.tsv").write_text("run\tlanguage\tvalue\n007\tnan\t1.5\n1e5\tna\t\n")
    found = read_table(tmp_path / "t.tsv")
    assert found.run.tolist() == ["007", "1e5"] and found.language.tolist() == ["nan", "na"]
    assert found.value.isna().tolist() == [False, True] and pd.api.types.is_float_dtype(found.value)
