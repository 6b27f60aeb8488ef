import sys

import numpy as np
import pandas as pd
import pytest

from model.analysis.parameter_vector import Parameter, write_vector
from model.records import write_json
from workflow_scripts.figures.violin import BINS, distribution, main


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
