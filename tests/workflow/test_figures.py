"""Figures of the toy study: what they wait for, and what they show."""

import re

import pandas as pd

from tests.workflow.toy_study import STUDY, copied, scheduled, snakemake


def test_figures_are_targets_by_their_names(finished, tmp_path):
    folder = copied(finished, tmp_path / "figures")
    figures = folder / "results" / "toy" / "figures"
    said = snakemake(folder, "words", "retrieval", "sizes", "steps", "main", "--forcerun", "tabulate")
    (made,) = re.findall(r"^results: (.*)", said, re.M)
    drawn = [f"results/toy/figures/{name}.svg" for name in ("retrieval", "sizes", "steps", "words")]
    assert made.split() == [*drawn, "results/toy/tables/main.md"]
    words = pd.read_csv(figures / "words.tsv", sep="\t")
    assert list(words.source + "-" + words.target) == ["en-es", "en-pt"] and set(words.model) == {"mrasp"}
    assert (words.pairs > 10).all() and words.cosine.between(-1, 1).all()
    found = pd.read_csv(figures / "retrieval.tsv", sep="\t")
    assert list(found.source + "-" + found.target) == ["en-es", "en-pt", "es-en", "pt-en"]
    assert set(found.segments) == {20} and found.accuracy.between(0, 1).all()
    assert list(pd.read_csv(figures / "sizes.tsv", sep="\t").text) == ["en-es", "en-pt"]
    steps = pd.read_csv(figures / "steps.tsv", sep="\t")
    assert list(zip(steps.number, steps.source, strict=True)) == [(1, "gl"), (2, "gl")]
    assert all((figures / f"{name}.svg").exists() for name in ("words", "retrieval", "sizes", "steps"))


def test_figures_of_parameters_wait_for_models_and_those_not_in_the_default_target_are_left(finished):
    figures = {
        **STUDY["figures"],
        "languages": {"kind": "correlation", "runs": ["mrasp"]},
        "pruning": {"kind": "pruning", "runs": ["mrasp"], "ratios": [0.3], "default": False},
    }
    changed = {**STUDY, "figures": figures}
    assert scheduled(finished, study=changed) == {"sensitivity mrasp", "correlate_languages", "plot", "report"}
    pruned = {f"{rule} mrasp" for rule in ("prune", "translate_pruned", "score_pruned")}
    whole = {f"{rule} mrasp" for rule in ("sensitivity", "translate", "score")}
    drawn = {"collect_pruned_scores", "plot"}
    assert scheduled(finished, "results/toy/figures/pruning.svg", study=changed) == pruned | whole | drawn
    assert pruned | drawn < scheduled(finished, "all_figures", study=changed)
