import subprocess
import sys

import pandas as pd
import pytest

from tests.workflow_scripts.planned import plan_of, settings_file
from workflow_scripts.figures.plot import KINDS, labelled, main, write
from workflow_scripts.plan.result_settings import plot
from workflow_scripts.tsv import read_table

CURVES = "model\tseed\tbaseline\tupdate\tdev_loss\tdev_bleu\nmrasp\t1\t\t10\t3.0\t\nmrasp\t1\t\t20\t2.0\t\n"


@pytest.fixture
def curves(tmp_path):
    (tmp_path / "curves.tsv").write_text(CURVES)
    return tmp_path / "curves.tsv"


def study(figure, **runs):
    """A study with a figure of some runs. runs: name → label of all that it has."""
    rows = {name: {"train_on": "all", "label": label} for name, label in runs.items()}
    return {
        "study": "s",
        "corpora": ["gettext:p/1"],
        "pairs": {"all": ["en-gl"]},
        "runs": rows,
        "figures": {"f": {"runs": list(figure)}},
    }


def labels(*figure, **runs):
    """What the plot of a figure of some runs calls them."""
    return plot(plan_of(study(figure, **runs)), "f").labels


def test_a_table_becomes_an_svg_and_a_png(curves, tmp_path, monkeypatch):
    settings = settings_file(study(["mrasp"], mrasp="mRASP"), "plot", "f", folder=tmp_path)
    arguments = ["--settings", settings, curves, tmp_path / "drawn"]
    monkeypatch.setattr(sys, "argv", ["plot", *map(str, arguments)])
    main()
    assert (tmp_path / "drawn.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (tmp_path / "drawn.svg").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["curves.tsv", "drawn.png", "drawn.svg", settings.name]


def test_the_same_table_gives_the_same_bytes_from_one_process_to_another(curves, tmp_path):
    settings = settings_file(study(["mrasp"], mrasp=None), "plot", "f", folder=tmp_path)
    write("learning_curves", labelled(read_table(curves), {"mrasp": "mrasp"}), tmp_path / "a")
    command = [sys.executable, "-m", "workflow_scripts.figures.plot", "--settings", settings]
    subprocess.run([*command, curves, tmp_path / "b"], check=True)
    for ending in ("svg", "png"):
        assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()


def test_runs_are_shown_by_their_labels_and_by_their_names_where_two_have_the_same():
    table = pd.DataFrame({"model": ["mrasp", "direct/en-gl", "other"]})
    names = ("mrasp", "direct", "other")
    shown = labelled(table, labels(*names, mrasp="mRASP w/o RAS", direct="Direct", other=None))
    assert shown.model.tolist() == ["mRASP w/o RAS", "Direct/en-gl", "other"]
    assert shown.system.tolist() == ["mRASP w/o RAS", "Direct", "other"]
    assert shown.direction.tolist() == ["", "en-gl", ""]
    (axis, second, _) = KINDS["learning_curves"](
        shown.assign(seed=1, baseline=None, update=1, dev_loss=2.0, dev_bleu=None)
    ).axes
    assert axis.get_title() == "mRASP w/o RAS" and second.get_legend().get_texts()[0].get_text() == "en-gl"
    for same in ({"mrasp": "A", "direct": "A"}, {"mrasp": "direct", "direct": None}):
        twice = labelled(pd.DataFrame({"run": names}), labels(*names, **same, other="Other"))
        assert twice.run.tolist() == ["mrasp", "direct", "Other"]
    compared = labelled(
        table.assign(baseline=[None, "mrasp", "direct/en-gl"]), {"mrasp": "A", "direct": "B", "other": "C"}
    )
    assert compared.baseline.tolist()[1:] == ["A", "B/en-gl"] and pd.isna(compared.baseline[0])
    alone = labelled(pd.DataFrame({"run": ["mrasp"]}), labels("mrasp", mrasp="A", direct="A"))
    assert alone.run.tolist() == ["A"]  # the other is not in this figure


def test_languages_and_runs_are_read_as_they_are_written(tmp_path):
    (tmp_path / "t.tsv").write_text("run\tlanguage\tvalue\n007\tnan\t1.5\n1e5\tna\t\n")
    found = read_table(tmp_path / "t.tsv")
    assert found.run.tolist() == ["007", "1e5"] and found.language.tolist() == ["nan", "na"]
    assert found.value.isna().tolist() == [False, True] and pd.api.types.is_float_dtype(found.value)
