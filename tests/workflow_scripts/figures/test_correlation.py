import sys
import tracemalloc

import numpy as np
import pandas as pd
import pytest

from model.analysis.parameter_vector import Parameter, ParameterVector, write_vector
from model.records import write_json
from workflow_scripts.figures.correlation import correlations, draw, main

COUNT = 1000


def vector(path, values):
    """A vector of sensitivities on disk."""
    only = Parameter(name="weight", shape=(len(values),), offset=0, prunable=True)
    write_vector(path, [only], [np.float32(values)], {})
    return ParameterVector(path)


def heavy_tailed(seed, count=COUNT):
    """Sensitivities of three languages [3, count], alike to some degree; most are small, a few are large."""
    random = np.random.default_rng(seed)
    return np.float32(np.exp(random.normal(-9, 2, count) + random.normal(0, 1, (3, count))))


@pytest.fixture
def vectors(tmp_path):
    return [vector(tmp_path / f"{n}.npy", values) for n, values in enumerate(heavy_tailed(1))]


def test_correlations_are_those_of_numpy_in_each_part(vectors):
    values = heavy_tailed(1).astype(np.float64)
    order = np.argsort(values.mean(0))
    high, low = order[-COUNT // 10 :], order[: -COUNT // 10]
    found = correlations(vectors)
    assert list(found) == ["all", "high", "low"]
    for part, rows in (("all", order), ("high", high), ("low", low)):
        assert found[part] == pytest.approx(np.corrcoef(values[:, rows]), abs=1e-12)


@pytest.mark.parametrize("chunk", [1, 7, 100, 999, 10_000])
def test_however_much_is_read_at_a_time_they_are_the_same(vectors, chunk):
    found, expected = correlations(vectors, chunk), correlations(vectors)
    assert all(found[part] == pytest.approx(expected[part], abs=1e-12) for part in expected)


def test_memory_holds_one_vector_and_the_chunks_whatever_the_number_of_vectors(tmp_path):
    count, chunk = 400_000, 4000
    files = [vector(tmp_path / f"{n}.npy", values) for n, values in enumerate(heavy_tailed(2, count))]
    for some in (files[:2], [*files, *files, *files]):
        tracemalloc.start()
        correlations(some, chunk)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 4 * count + 32 * chunk * len(some) + 100_000


def test_digits_survive_many_small_values_beside_large_ones(tmp_path):
    random = np.random.default_rng(3)
    small = 1e-6 * (1 + 1e-3 * random.random((2, 200_000)))  # sums of squares in float32 would see no variance
    values = np.float32(np.concatenate([small, random.random((2, 10))], 1))
    found = correlations([vector(tmp_path / f"{n}.npy", row) for n, row in enumerate(values)])
    expected = np.corrcoef(values.astype(np.float64))
    assert found["all"] == pytest.approx(expected, abs=1e-9)
    means = np.float32(values.mean(0, dtype=np.float64))
    low = means < np.sort(means)[-20_001]  # of equal ones all are high
    assert found["low"] == pytest.approx(np.corrcoef(values.astype(np.float64)[:, low]), abs=1e-9)


def test_what_does_not_vary_has_no_correlation(tmp_path):
    files = [vector(tmp_path / "flat.npy", [1.0] * 20), vector(tmp_path / "other.npy", np.arange(20.0))]
    assert np.isnan(correlations(files)["all"][0, 1]) and correlations(files)["all"][1, 1] == 1


@pytest.fixture
def command(tmp_path, monkeypatch):
    """Two objectives of two languages of a run, as files; and the command."""
    root = tmp_path / "sensitivity"
    first, second, third = heavy_tailed(4)
    for name, values in (("translation.gl", first), ("translation.nan", second), ("cd.gl", third), ("cd.nan", second)):
        vector(root / "mrasp" / "en" / f"{name}.npy", values)
    files = [
        dict(zip(("run", "objective", "language"), ("mrasp/en", *path.stem.split(".")), strict=True), file=str(path))
        for path in sorted(root.glob("*/*/*.npy"))
    ]
    write_json(tmp_path / "settings.json", {"files": files})

    def run(compared):
        output = tmp_path / "out.tsv"
        monkeypatch.setattr(sys, "argv", ["x", "--settings", str(tmp_path / "settings.json"), compared, str(output)])
        main()
        return pd.read_csv(output, sep="\t", keep_default_na=False)

    return run


def test_languages_are_compared_within_a_run_and_an_objective(command):
    rows = command("languages")
    assert list(rows.columns) == ["run", "objective", "part", "language", "other", "correlation"]
    assert len(rows) == 2 * 3 * 4 and set(rows.run) == {"mrasp/en"}
    found = rows[(rows.objective == "translation") & (rows.part == "all")].pivot(
        index="language", columns="other", values="correlation"
    )
    first, second, _ = heavy_tailed(4).astype(np.float64)
    assert found.loc["gl", "nan"] == found.loc["nan", "gl"] == pytest.approx(np.corrcoef(first, second)[0, 1], abs=1e-6)
    assert found.loc["gl", "gl"] == 1


def test_objectives_are_compared_within_a_run_and_a_language(command):
    rows = command("objectives")
    assert list(rows.columns) == ["run", "language", "part", "objective", "other", "correlation"]
    both = rows[(rows.part == "all") & (rows.objective == "translation") & (rows.other == "cd")]
    first, _, third = heavy_tailed(4).astype(np.float64)
    expected = [np.corrcoef(first, third)[0, 1], 1.0]
    assert dict(zip(both.language, both.correlation, strict=True)) == pytest.approx(
        dict(zip(["gl", "nan"], expected, strict=True)), abs=1e-6
    )


def rows(run, part, correlation):
    pairs = [("gl", "gl", 1.0), ("gl", "pt", correlation), ("pt", "gl", correlation), ("pt", "pt", 1.0)]
    return [{"run": run, "part": part, "language": a, "other": b, "correlation": value} for a, b, value in pairs]


@pytest.fixture
def axes():
    data = [
        row
        for run, values in (("mmt", (0.7, 0.8, 0.6)), ("cd_id", (0.9, 0.95, -0.05)))
        for part, value in zip(("all", "high", "low"), values, strict=True)
        for row in rows(run, part, value)
    ]
    return draw(pd.DataFrame(data)).axes


def test_a_row_a_run_a_column_a_part(axes):
    assert [axis.get_title() for axis in axes[:6]] == [
        f"{run}: {part}" for run in ("mmt", "cd_id") for part in ("all parameters", "10% most sensitive", "other 90%")
    ]


def test_each_field_has_the_shade_and_the_number_of_its_two_languages(axes):
    (mesh,) = axes[1].collections
    assert mesh.get_array().tolist() == [[1.0, 0.8], [0.8, 1.0]]
    assert [text.get_text() for text in axes[1].texts] == ["1.00", ".80", ".80", "1.00"]
    assert [label.get_text() for label in axes[1].get_xticklabels()] == ["gl", "pt"]


def test_all_panels_have_one_scale(axes):
    assert {axis.collections[0].get_clim() for axis in axes[:6]} == {(-0.05, 1)}


def test_runs_of_different_languages_can_stand_together():
    data = [*rows("one", "all", 0.5), *rows("one", "high", 0.5), *rows("one", "low", 0.5)]
    data += [{**row, "run": "two", "language": f"{row['language']}2", "other": f"{row['other']}2"} for row in data]
    axes = draw(pd.DataFrame(data)).axes
    assert [label.get_text() for label in axes[3].get_yticklabels()] == ["gl2", "pt2"]
