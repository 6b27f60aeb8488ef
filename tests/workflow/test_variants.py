"""Variants of substitution in one study, made by the real Snakefile."""

import csv
import os
import shutil

from tests.workflow.toy_study import STUDY, contents, copied, snakemake

MRASP = STUDY["runs"]["mrasp"]
CHANGED = {
    **STUDY,
    "substitutions": {"p60": {"probability": 0.6}, "single": {"dictionaries": {"candidates": 1}, "top_words": 5}},
    "runs": {
        **STUDY["runs"],
        "more": {**MRASP, "substitution": "p60"},
        "other": {"train_on": "pretrain", "shards": ["original", "codeswitched"], "substitution": "single"},
    },
}


def times(folder, pattern):
    return {path: os.stat(path).st_mtime_ns for path in sorted(folder.glob(f"results/toy/{pattern}"))}


def rows(path):
    return list(csv.DictReader(path.read_text().splitlines(), delimiter="\t"))


def test_variants_have_shards_of_their_own_and_the_study_keeps_its_shards_and_dictionaries(finished, tmp_path):
    folder = copied(finished, tmp_path / "variants", CHANGED)
    before = times(folder, "shards/*/*/*") | times(folder, "dictionaries/*")
    snakemake(folder, "shards")
    after = times(folder, "shards/*/*/*") | times(folder, "dictionaries*/*")
    assert before and before == {path: after[path] for path in before}
    new = sorted({str(path.parent.relative_to(folder / "results/toy")) for path in after.keys() - before.keys()})
    pairs = ("en-es", "en-pt")
    assert new == [
        *("dictionaries-p60", "dictionaries-single"),
        *(f"shards/{kind}/{pair}" for kind in ("codeswitched-single", "substituted-p60") for pair in pairs),
    ]
    toy = folder / "results" / "toy"
    assert [path.name for path in toy.glob("dictionaries-p60/*")] == ["coverage.tsv"]  # words as in the study
    for pair in pairs:
        usual, single = ((toy / f / f"{pair}.tsv").read_text() for f in ("dictionaries", "dictionaries-single"))
        assert len(single.splitlines()) <= 5 < len(usual.splitlines())
        assert contents(toy / f"shards/substituted/{pair}", "*") != contents(
            toy / f"shards/substituted-p60/{pair}", "*"
        )
    usual, more = (rows(toy / folder / "coverage.tsv")[-1] for folder in ("dictionaries", "dictionaries-p60"))
    assert 1.5 < int(more["attempted"]) / int(usual["attempted"]) < 2.5  # probability .6 in place of .3
    parted = [f"results/toy/shards/{shard}" for shard in ("substituted-p60/en-es", "codeswitched-single/en-es")]
    whole = [contents(folder / shard, "*.parquet") for shard in parted]
    for shard in parted:
        shutil.rmtree(folder / shard)
    snakemake(folder, "--set-scatter", "parts=2", "--", *parted)
    assert [contents(folder / shard, "*.parquet") for shard in parted] == whole and all(whole)
    assert "Nothing to be done" in snakemake(folder, "--set-scatter", "parts=2", "--", *parted)
