"""A finished study whose runs get a second seed: what is trained, and how the table tests the difference."""

import pandas as pd
import pytest

from tests.workflow.toy_study import STUDY, contents, copied, snakemake


@pytest.mark.slow
def test_a_second_seed_is_trained_and_compared_and_the_first_stays(finished, tmp_path):
    runs = {**STUDY["runs"], **{name: {**STUDY["runs"][name], "seeds": [1, 2]} for name in ("direct", "mrasp_ft")}}
    folder = copied(finished, tmp_path / "seeds", {**STUDY, "runs": runs})
    snakemake(folder)
    results = folder / "results/toy"
    for pattern in ("runs/*/gl-en/model/*", "translations/*/gl-en/test.*", "scores/*/gl-en/test.*"):
        first = contents(finished / "results/toy", pattern)
        assert first and first == contents(results, pattern), pattern
    made = sorted(str(path.relative_to(results)) for path in results.glob("comparisons/**/*.json"))
    folder_of_both = "comparisons/direct/mrasp_ft/gl-en"
    assert made == [f"{folder_of_both}/{name}test.gl-en.bootstrap.json" for name in ("seed2/", "")]
    cells = pd.read_csv(results / "tables/main.tsv", sep="\t")
    row = cells[(cells.system == "mrasp_ft") & (cells.column == "gl→en")].iloc[0]
    assert row.degrees > 0 and 0 < row.p <= 1 and row.spread >= 0
    assert row.difference_low < row.difference < row.difference_high
    assert row.ci_low <= row.score <= row.ci_high
    text = (results / "tables/main.md").read_text()
    assert "± in parentheses: half of the 95% interval of a difference" in text
    assert "Nothing to be done" in snakemake(folder)
