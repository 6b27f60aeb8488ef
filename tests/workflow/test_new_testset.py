"""A finished study with one more test set: what is translated and scored, and what stays."""

import re

import pytest

from tests.workflow.toy_study import STUDY, contents, copied, snakemake

LATE = {"id": "file:late/1", "files": {"en": "late.en", "gl": "late.gl"}}


def rules_that_ran(said: str) -> set[str]:
    return set(re.findall(r"^(?:local)?rule (\w+):", said, re.M)) - {"all"}


@pytest.mark.slow
@pytest.mark.parametrize("decontaminate", [True, False])
def test_a_new_test_set_that_shares_no_segment_with_the_text_trains_nothing(finished, tmp_path, decontaminate):
    study = {**STUDY, "testsets": {**STUDY["testsets"], "late": {**LATE, "decontaminate": decontaminate}}}
    study["tables"] = {**STUDY["tables"], "main": {**STUDY["tables"]["main"], "test_sets": ["test", "late"]}}
    folder = copied(finished, tmp_path / "more", study)
    (folder / "late.en").write_text("nobody has ever said this before .\n")
    (folder / "late.gl").write_text("ninguen dixo isto antes .\n")
    ran = rules_that_ran(snakemake(folder))
    scored = {"read_testset", "translate", "score", "compare", "collect_scores", "tabulate", "model_card", "report"}
    checked = {"hold_out", "decontaminate", "substitute", "check_leaks"} if decontaminate else set()
    assert ran - {"plot", "tabulate_samples", "credits"} == scored | checked
    for pattern in ("runs/**/model/*", "shards/*/*/*.parquet", "translations/**/test.*", "scores/**/test.*"):
        first, second = (contents(f / "results" / "toy", pattern) for f in (finished, folder))
        assert first and first == second, pattern
    for path in folder.glob("results/toy/translations/**/test.*"):
        assert path.read_bytes()
    assert "Nothing to be done" in snakemake(folder)
