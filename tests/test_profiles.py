"""Profiles name rules that exist, and none that wants a GPU is forgotten."""

import re

import pytest
import yaml

from tests import ROOT

TEXT = "\n".join(path.read_text() for path in sorted(ROOT.glob("rules/*.smk")))
RULES = {*re.findall(r"^ *rule (\w+):", TEXT, re.M), *re.findall(r"^ *use rule \w+ as (\w+) with:", TEXT, re.M)}
# Rules whose command leases GPUs, and those that are made from them.
LEASING = set(re.findall(r"rule (\w+):(?:(?!\n *rule ).)*?model\.machine\.lease", TEXT, re.S)) | {"translate_pruned"}


def profile(name: str) -> dict:
    return yaml.safe_load((ROOT / "profiles" / name / "config.yaml").read_text())


@pytest.mark.parametrize("name", ["cluster", "local"])
def test_gpus_go_to_the_rules_that_lease_them_and_to_no_others(name):
    settings = profile(name)["set-resources"]
    assert set(settings) <= RULES
    wanted = {rule for rule, resources in settings.items() if resources.get("gpu")}
    assert wanted == LEASING == {
        "train", "translate", "tune_search", "translate_back", "translate_pruned", "sensitivity", "retrieve"
    }  # fmt: skip
    assert settings["train"]["gpu"] == 1 and "processes" not in settings["train"]  # as many as it has GPUs


def test_jobs_with_a_gpu_go_to_a_partition_of_their_own():
    cluster = profile("cluster")
    settings, usual = cluster["set-resources"], cluster["default-resources"]["slurm_partition"]
    other = {rule for rule, resources in settings.items() if resources.get("slurm_partition", usual) != usual}
    assert other == LEASING


def test_groups_are_of_rules_that_exist_and_hold_no_gpu():
    cluster = profile("cluster")
    assert set(cluster["groups"]) <= RULES - LEASING
    assert set(cluster["groups"].values()) == set(cluster["group-components"])


def test_every_other_rule_that_says_how_much_memory_asks_for_more_when_it_is_tried_again():
    said = re.findall(r"^ +mem_mb=(.*)", TEXT, re.M)
    assert len(said) > 20
    # That of a training is the same for every attempt, because most attempts continue it.
    assert [words for words in said if "attempt * " not in words] == [
        "lambda w, threads: max(8000, 4000 + 1000 * min(threads, 8)),"
    ]


def test_the_environment_of_conda_has_the_packages_of_the_lock():
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    *_, pip = yaml.safe_load((ROOT / "environment.yaml").read_text())["dependencies"]
    assert pip == {"pip": [line for line in lines if not line.startswith("#")]}


def test_rules_that_score_ask_for_memory():
    for rule in ("score", "compare"):
        block = re.search(rf"^rule {rule}:\n(.*?)^rule ", TEXT, re.M | re.S)
        assert block and "scoring_megabytes" in block[1]
