import sys

import numpy as np
import pandas as pd
import pytest

from model.analysis.parameter_vector import Parameter, write_vector
from model.records import write_json
from workflow_scripts.figures.violin import BINS, HALF, distribution, draw, main


def by_measure(rows):
    return {measure: some.set_index("at")["value"] for measure, some in pd.DataFrame(rows).groupby("measure")}


def test_the_highest_hundredth_is_left_out():
    values = np.float32([*range(198), 1e6, 1e6])
    found = by_measure(distribution(np.random.default_rng(1).permutation(values)))
    assert found["standard deviation"].item() == pytest.approx(np.std(np.arange(198.0)))
    assert found["quantile"].to_dict() == {0.25: 49, 0.5: 98, 0.75: 148}
    assert found["density"].index.max() < 197


def test_densities_are_those_of_a_histogram_and_integrate_to_one():
    values = np.float32(np.random.default_rng(2).gamma(0.5, size=5000))
    kept = np.sort(values)[:4950]
    density = by_measure(distribution(values.copy()))["density"]
    width = float(kept.max()) / BINS
    assert len(density) == BINS and density.sum() * width == pytest.approx(1)
    assert density.index[0] == pytest.approx(width / 2)
    assert density.iloc[0] == pytest.approx(np.count_nonzero(kept < width) / 4950 / width)


def test_the_deviation_keeps_its_digits():
    values = np.float32(1000 + np.random.default_rng(3).random(20_000))
    kept = np.sort(values)[:19_800].astype(np.float64)
    found = by_measure(distribution(values))["standard deviation"].item()
    assert found == pytest.approx(np.std(kept), rel=1e-9)


def test_a_model_that_feels_nothing_has_a_distribution_too():
    found = by_measure(distribution(np.zeros(300, np.float32)))
    assert found["standard deviation"].item() == 0 and np.isfinite(found["density"]).all()


def test_the_table_names_run_and_objective(tmp_path, monkeypatch):
    only = Parameter(name="weight", shape=(300,), offset=0, prunable=True)
    path = tmp_path / "root" / "mrasp" / "cd.every.npy"
    write_vector(path, [only], [np.arange(300.0)], {})
    measured = {"run": "mrasp", "objective": "cd", "language": "every", "file": str(path)}
    write_json(tmp_path / "settings.json", {"files": [measured]})
    monkeypatch.setattr(sys, "argv", ["x", "--settings", str(tmp_path / "settings.json"), str(tmp_path / "o.tsv")])
    main()
    rows = pd.read_csv(tmp_path / "o.tsv", sep="\t")
    assert list(rows.columns) == ["run", "objective", "language", "measure", "at", "value"]
    assert len(rows) == BINS + 4 and set(rows.run) == {"mrasp"} and set(rows.objective) == {"cd"}


def test_a_violin_a_run_with_quartiles_and_deviation():
    rows = []
    for run, density in (("mmt", (4.0, 1.0)), ("cd_id", (1.0, 2.0))):
        rows += [{"measure": "density", "at": at, "value": v} for at, v in zip((0.5, 1.5), density, strict=True)]
        rows += [{"measure": "quantile", "at": at, "value": v} for at, v in ((0.25, 0.2), (0.5, 0.4), (0.75, 0.9))]
        rows += [{"measure": "standard deviation", "at": None, "value": 0.123}]
        rows[-6:] = [{"run": run, **row} for row in rows[-6:]]
    (axis,) = draw(pd.DataFrame(rows)).axes
    assert [label.get_text() for label in axis.get_xticklabels()] == ["mmt", "cd_id"]
    assert [text.get_text() for text in axis.texts] == ["std 0.12", "std 0.12"]
    outline = axis.collections[0].get_paths()[0].vertices
    widest = outline[outline[:, 1] == 0.5][:, 0]
    assert (widest.min(), widest.max()) == pytest.approx((-HALF, HALF))
    narrow = outline[outline[:, 1] == 1.5][:, 0]
    assert (narrow.min(), narrow.max()) == pytest.approx((-HALF / 4, HALF / 4))
    assert axis.collections[1].get_segments()[0].tolist() == [[0, 0.2], [0, 0.9]]
    assert axis.lines[0].get_ydata().tolist() == [0.4]
