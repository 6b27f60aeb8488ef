"""A toy study through the real Snakefile, from text files to tables, changed."""

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys

import pandas as pd
import pytest

from tests import ROOT
from tests.workflow.toy_study import STUDY, command, contents, copied, prepare, scheduled, snakemake


def test_the_outputs_of_the_contract_are_there(finished):
    results = finished / "results" / "toy"
    scores = pd.read_csv(results / "scores.tsv", sep="\t")
    assert len(scores) == 2 * 3  # systems, metrics; one direction
    assert set(scores.system) == {"direct", "mrasp_ft"} and set(scores.train_pairs) == {60}
    assert scores.score.between(0, 100).all() and (scores.ci_low <= scores.ci_high).all()
    for ending in ("tsv", "md", "tex", "html"):
        assert (results / "tables" / f"main.{ending}").stat().st_size
    cases = pd.read_csv(results / "tables" / "cases.tsv", sep="\t", keep_default_na=False)
    assert list(cases.system) == ["direct", "mrasp_ft"] * 2 and set(cases.source + cases.target) == {"glen"}
    counts = pd.read_csv(results / "tables" / "counts.tsv", sep="\t")
    assert counts.to_numpy()[:, :3].tolist() == [["en-es", "file:spanish/1", 250], ["en-pt", "file:portuguese/1", 250]]
    assert (counts.segments == 220).all()
    assert (results / "figures" / "learning_curves.png").read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in results.glob("figures/*.svg")] == ["learning_curves.svg"]
    assert json.loads((results / "study.json").read_text())["substitution"]["probability"] == 0.3
    report = (results / "report.html").read_text()
    assert "<svg" in report and not re.search(r"(src|href)=.?http", report), "the report must open without network"
    assert not list(results.rglob("*.part")) and not (results / "runs" / "na_mrasp").exists()


def test_a_model_folder_loads_alone(finished, tmp_path):
    model = finished / "results" / "toy" / "runs" / "mrasp" / "model"
    os.symlink(model, tmp_path / "model")
    (tmp_path / "in.txt").write_text("the red cat sees the old dog .\n\nthe big house takes the stone .\n")
    translate = [sys.executable, "-m", "model.translate", "--model", "model", "--source", "en", "--target", "es"]
    # Another engine would keep its copy of the model in the folder, which other tests compare.
    translate += ["--input", "in.txt", "--output", "out.txt", "--engine", "torch"]
    # A model of forty updates would rather say nothing: have it ranked by probability a token.
    translate += ["--search", '{"length_penalty": 3}']
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(translate, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "out.txt").read_text().split("\n")
    assert len(lines) == 4 and lines[0] and not lines[1] and lines[2]
    assert "1 source lines are empty" in done.stderr


def test_nothing_is_left_to_be_done(finished):
    assert "Nothing to be done" in snakemake(finished)


def test_a_command_names_no_score_file_however_many_there_are(finished):
    rules = ["collect_scores", "tabulate", "score_curves", "model_card"]
    said = snakemake(
        finished, "--dry-run", "--printshellcmds", "--forcerun", *rules, "--", "all", "all_tables", "all_figures"
    )
    commands = dict(re.findall(r"python -m workflow_scripts\.([\w.]+) (.*)", said))
    assert "/scores/" in commands["evaluation.score"]
    steps = ["evaluation.collect_scores", "tables.tabulate", "figures.scores", "report.model_card"]
    assert not [step for step in steps if "/scores/" in commands[step]]


def test_a_finished_study_whose_text_is_gone_is_not_called_done(finished, tmp_path):
    folder = copied(finished, tmp_path / "gone")
    (folder / "es.es").unlink()
    done = subprocess.run(command(folder), capture_output=True, text=True)
    assert done.returncode == 1 and "toy.yaml: file:spanish/1: no file es.es in" in done.stderr


def test_a_second_snakemake_on_the_same_study_is_refused(finished, tmp_path):
    folder = copied(finished, tmp_path / "locked")
    with open(folder / "results" / "toy" / ".lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(command(folder, "--forcerun", "tabulate"), capture_output=True, text=True)
    assert done.returncode != 0 and "error: another Snakemake works on results/toy" in done.stderr


def test_a_job_of_a_cluster_writes_the_settings_that_its_command_reads(tmp_path):
    folder, text = prepare(tmp_path / "cluster"), "results/toy/cleaned/en-es.parquet"
    job = ("--mode", "remote", "--no-hooks", "--target-jobs", "clean:text=en-es,study=toy", "--force")
    snakemake(folder, text, *job)
    assert (folder / text).exists() and len(list(folder.glob("results/toy/settings/clean/en-es.*.json"))) == 1


def test_what_a_job_died_of_is_the_last_thing_said(finished, tmp_path):
    folder = prepare(tmp_path / "short")
    with open(folder / "es.es", "a", encoding="utf-8") as file:
        file.write("one line more\n")
    done = subprocess.run(command(folder, "--quiet", "rules"), capture_output=True, text=True)
    lines = [line for line in done.stderr.splitlines() if "error: " in line]
    expected = "error: file:spanish/1: one side has 250 lines and the other 251; line n must translate line n"
    assert done.returncode == 1 and lines[-1].startswith(f"results/toy/logs/clean/en-es.log: {expected}")
    assert not list((folder / "results").rglob("en-es.parquet"))


def test_changing_the_dropout_of_one_run_reruns_it_and_what_hangs_on_it(finished):
    row = {**STUDY["runs"]["mrasp_ft"], "training": {"dropout": 0.3}}
    changed = {**STUDY, "runs": {**STUDY["runs"], "mrasp_ft": row}}
    rules = ("run_config", "train", "translate", "score", "compare", "model_card")
    expected = {f"{rule} mrasp_ft/gl-en" for rule in rules}
    found = scheduled(finished, study=changed)
    assert found == expected | {"collect_scores", "tabulate", "tabulate_samples", "report"}


def test_a_search_of_its_own_translates_one_run_again_and_reaches_the_command(finished, tmp_path):
    row = {**STUDY["runs"]["mrasp_ft"], "search": {"length_penalty": 1.4}}
    changed = {**STUDY, "runs": {**STUDY["runs"], "mrasp_ft": row}}
    expected = {f"{rule} mrasp_ft/gl-en" for rule in ("translate", "score", "compare", "model_card")}
    assert scheduled(finished, study=changed) == expected | {"collect_scores", "tabulate", "tabulate_samples", "report"}
    said = snakemake(copied(finished, tmp_path / "searched", changed), "--dry-run", "--printshellcmds")
    (command,) = re.findall("python -m model.translate .*", said)
    (search,) = re.findall("--search '({.*?})'", command)
    assert json.loads(search)["length_penalty"] == 1.4 and json.loads(search)["beam"] == 2


def test_adding_a_run_or_a_label_retrains_nothing(finished):
    labelled = {**STUDY["runs"]["direct"], "label": "Direct"}
    runs = {**STUDY["runs"], "direct": labelled, "other": {"train_on": "pretrain"}}
    found = scheduled(finished, study={**STUDY, "runs": runs})
    assert found == {"tabulate", "tabulate_samples", "plot", "report", "model_card direct/gl-en"}


def test_other_targets_can_be_built(finished):
    ablation = {"train na_mrasp", "score na_mrasp", "tabulate", "embeddings", "plot"}
    assert ablation <= scheduled(finished, "all_tables", "all_figures")
    assert scheduled(finished, "text") == set()
    assert scheduled(finished, "shards") == set()


def test_back_translation_waits_for_the_model_of_the_other_direction_and_trains_no_other(finished):
    row = {"train_on": "downstream", "per": "direction", "shards": ["original", "backtranslated"]}
    changed = {
        **STUDY,
        "monolingual": [{"id": "file:galician/1/gl", "files": {"gl": "gl.gl"}}],
        "runs": {**STUDY["runs"], "bt": row, "na_mrasp_ft": {**STUDY["runs"]["mrasp_ft"], "init": "na_mrasp"}},
        "backtranslation": {"run": "direct"},
    }
    made = {"draw_segments", "translate_back", "pair_translations", "encode_backtranslated", "check_leaks"}
    made |= {"clean", "decontaminate", "run_config bt/en-gl", "train bt/en-gl"}
    text = {"encode", "encode_dev"}  # of en-gl, on which nothing was trained so far
    model = "results/toy/runs/bt/{}/model".format
    assert scheduled(finished, model("en-gl"), study=changed) == made | text
    assert not made & scheduled(finished, "shards", study=changed) - {"clean", "decontaminate", "check_leaks"}
    assert scheduled(finished, model("gl-en"), study=changed) == {"run_config bt/gl-en", "train bt/gl-en"}
    changed["backtranslation"] = {"run": "na_mrasp_ft"}  # which is not trained, nor is what it starts from
    trained = {job for job in scheduled(finished, model("en-gl"), study=changed) if job.startswith("train")}
    assert trained == {"train na_mrasp", "train na_mrasp_ft/gl-en", "train bt/en-gl"}


@pytest.mark.slow
def test_eight_jobs_a_direction_write_the_same_shards_as_one(finished, tmp_path):
    folder = copied(finished, tmp_path / "scattered")
    shards = [f"results/toy/shards/{kind}/en-es" for kind in ("original", "substituted")]
    for shard in shards:
        shutil.rmtree(folder / shard)
    snakemake(folder, "--set-scatter", "parts=8", "--", *shards)
    for shard in shards:
        assert contents(folder / shard, "*.parquet") == contents(finished / shard, "*.parquet") != {}
    assert not (folder / "results" / "toy" / "parts").exists()
    assert "Nothing to be done" in snakemake(folder, "--set-scatter", "parts=8", "--", *shards)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sede": 3}, "toy.yaml: unknown 'sede'; did you mean 'seed'?"),
        ({"pairs": {**STUDY["pairs"], "other": ["en-fr"]}}, "toy.yaml: pairs: no corpus of the study has en-fr"),
        (
            {"tables": {"score": {"runs": ["mrasp"]}}},
            "tables.score: another target or step has that name; choose another",
        ),
    ],
)
def test_a_mistake_in_the_study_is_one_line_without_a_traceback(tmp_path, change, message):
    folder = prepare(tmp_path / "wrong", {**STUDY, **change})
    done = subprocess.run(command(folder, "--dry-run"), capture_output=True, text=True)
    (line,) = [line for line in done.stderr.splitlines() if "profile" not in line]
    assert done.returncode == 1 and line.startswith("error: ") and message in line
