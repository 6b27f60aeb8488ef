"""A toy study through the real Snakefile, from text files to tables; killed, continued, changed."""

import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import psutil
import pytest
import yaml

from tests.toy import sentences

ROOT = Path(__file__).parents[1]
STUDY = {
    "study": "toy",
    "corpora": [
        {"id": "file:spanish/1", "files": {"en": "es.en", "es": "es.es"}},
        {"id": "file:portuguese/1", "files": {"en": "pt.en", "pt": "pt.pt"}},
        {"id": "file:galician/1", "files": {"en": "gl.en", "gl": "gl.gl"}},
    ],
    "pairs": {"pretrain": ["en-es", "en-pt"], "downstream": ["en-gl"]},
    "limits": {"en-gl": 60},
    "testsets": {
        "test": {"source": "held_out", "segments": 20},
        "dev": {"source": "held_out", "segments": 10},
    },
    "subwords": {"merges": 40, "min_count": 1},
    "dictionaries": {"min_count": 2},
    "model": {
        "width": 16, "feedforward": 32, "heads": 2, "encoder_layers": 1, "decoder_layers": 1, "max_positions": 64
    },
    "training": {"updates": 40, "batch_tokens": 300, "learning_rate": 5e-3, "warmup": 5, "evaluate_every": 5},
    "search": {"beam": 2},
    "runs": {
        "mrasp": {"train_on": "pretrain", "shards": ["original", "substituted"]},
        "direct": {"train_on": "downstream", "per": "direction"},
        "mrasp_ft": {"train_on": "downstream", "per": "direction", "init": "mrasp"},
        "na_mrasp": {"train_on": "pretrain"},
    },
    "tables": {
        "main": {"runs": ["direct", "mrasp_ft"], "baseline": "direct"},
        "ablation": {"runs": ["mrasp", "na_mrasp"], "default": False},
    },
    "figures": {
        "learning_curves": {"runs": ["mrasp", "direct"]},
        "words": {"kind": "similarity", "runs": ["mrasp"], "default": False},
        "retrieval": {"kind": "retrieval", "runs": ["mrasp"], "default": False},
        "plane": {"kind": "projection", "runs": ["mrasp", "na_mrasp"], "pairs": ["en-pt"], "default": False},
    },
}  # fmt: skip


def prepare(folder: Path, study: dict = STUDY) -> Path:
    folder.mkdir(exist_ok=True)
    for number, (language, ending) in enumerate((("es", "s"), ("pt", "m"), ("gl", "x"))):
        pairs = sentences(250, seed=number, ending=ending)
        for code, side in (("en", 0), (language, 1)):
            text = "".join(pair[side] + "\n" for pair in pairs)
            (folder / f"{language}.{code}").write_text(text, encoding="utf-8")
    (folder / "toy.yaml").write_text(yaml.safe_dump(study))
    return folder


def command(folder: Path, *arguments: str) -> list[str]:
    return [
        *(sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder)),
        *("--configfile", str(folder / "toy.yaml"), "--cores", "2", *arguments),
    ]


def snakemake(folder: Path, *arguments: str) -> str:
    done = subprocess.run(command(folder, *arguments), capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    return done.stdout + done.stderr


def scheduled(folder: Path, *arguments: str) -> set[str]:
    """What a dry run would do, as `rule`, or `rule wildcard` for the rules that make one model or score."""
    jobs = set()
    for block in re.split(r"\n(?=(?:local)?rule )", snakemake(folder, "--dry-run", *arguments)):
        if found := re.match(r"(?:local)?rule (\w+):", block):
            run = re.search(r"wildcards: .*\brun=([^,\n]+)", block)
            jobs.add(f"{found[1]} {run[1]}" if run else found[1])
    return jobs - {"all"}


def contents(folder: Path, pattern: str) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.glob(pattern)) if p.is_file()}


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    folder = prepare(tmp_path_factory.mktemp("toy"))
    snakemake(folder)
    return folder


def test_the_outputs_of_the_contract_are_there(finished):
    results = finished / "results" / "toy"
    scores = pd.read_csv(results / "scores.tsv", sep="\t")
    assert len(scores) == 2 * 2 * 3  # systems, directions, metrics
    assert set(scores.system) == {"direct", "mrasp_ft"} and set(scores.train_pairs) == {60}
    assert scores.score.between(0, 100).all() and (scores.ci_low <= scores.ci_high).all()
    for ending in ("tsv", "md", "tex", "html"):
        assert (results / "tables" / f"main.{ending}").stat().st_size
    assert (results / "figures" / "learning_curves.png").read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in results.glob("figures/*.svg")] == ["learning_curves.svg"]
    assert json.loads((results / "study.json").read_text())["substitution"]["probability"] == 0.3
    report = (results / "report.html").read_text()
    assert "<svg" in report and not re.search(r"(src|href)=.?http", report), "the report must open without network"
    assert not list(results.rglob("*.part")) and not (results / "runs" / "na_mrasp").exists()


def test_a_model_folder_loads_alone(finished, tmp_path):
    model = finished / "results" / "toy" / "runs" / "mrasp_ft" / "en-gl" / "model"
    os.symlink(model, tmp_path / "model")
    (tmp_path / "in.txt").write_text("the red cat sees the old dog .\n\nthe big house takes the stone .\n")
    translate = [sys.executable, "-m", "model.translate", "--model", "model", "--source", "en", "--target", "gl"]
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


def test_a_finished_study_whose_text_is_gone_is_not_called_done(finished):
    (finished / "es.es").rename(finished / "es.away")
    try:
        done = subprocess.run(command(finished), capture_output=True, text=True)
        assert done.returncode == 1 and "toy.yaml: file:spanish/1: no file es.es in" in done.stderr
    finally:
        (finished / "es.away").rename(finished / "es.es")


def test_a_second_snakemake_on_the_same_study_is_refused(finished):
    with open(finished / "results" / "toy" / ".lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(command(finished, "--forcerun", "tabulate"), capture_output=True, text=True)
    assert done.returncode != 0 and "error: another Snakemake works on results/toy" in done.stderr


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
    (finished / "toy.yaml").write_text(yaml.safe_dump(changed))
    try:
        models = ("mrasp_ft/en-gl", "mrasp_ft/gl-en")
        expected = {f"{rule} {m}" for rule in ("run_config", "train", "translate", "score") for m in models}
        assert scheduled(finished) == expected | {"collect_scores", "tabulate", "report"}
    finally:
        (finished / "toy.yaml").write_text(yaml.safe_dump(STUDY))


def test_adding_a_run_or_a_label_retrains_nothing(finished):
    labelled = {**STUDY["runs"]["direct"], "label": "Direct"}
    runs = {**STUDY["runs"], "direct": labelled, "other": {"train_on": "pretrain"}}
    (finished / "toy.yaml").write_text(yaml.safe_dump({**STUDY, "runs": runs}))
    try:
        assert scheduled(finished) == {"tabulate", "report"}
    finally:
        (finished / "toy.yaml").write_text(yaml.safe_dump(STUDY))


def test_other_targets_can_be_built(finished):
    ablation = {"train na_mrasp", "score na_mrasp", "tabulate", "embeddings", "plot"}
    assert ablation <= scheduled(finished, "ablation")
    assert scheduled(finished, "text") == set()
    assert scheduled(finished, "shards") == {"coverage", "shards"}


def test_figures_look_into_a_model_by_its_dictionaries_and_test_set(finished):
    figures = finished / "results" / "toy" / "figures"
    snakemake(finished, "results/toy/figures/words.svg", "results/toy/figures/retrieval.svg")
    words = pd.read_csv(figures / "words.tsv", sep="\t")
    assert list(words.source + "-" + words.target) == ["en-es", "en-pt"] and set(words.model) == {"mrasp"}
    assert (words.pairs > 10).all() and words.cosine.between(-1, 1).all()
    found = pd.read_csv(figures / "retrieval.tsv", sep="\t")
    assert list(found.source + "-" + found.target) == ["en-es", "en-pt", "es-en", "pt-en"]
    assert set(found.segments) == {20} and found.accuracy.between(0, 1).all()


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
    try:
        (finished / "toy.yaml").write_text(yaml.safe_dump(changed))
        assert scheduled(finished, "results/toy/runs/bt/en-gl/model") == made
        assert not made & scheduled(finished, "shards") - {"clean", "decontaminate"}
        assert scheduled(finished, "results/toy/runs/bt/gl-en/model") == {"run_config bt/gl-en", "train bt/gl-en"}
        changed["backtranslation"] = {"run": "na_mrasp_ft"}  # which is not trained, nor is what it starts from
        (finished / "toy.yaml").write_text(yaml.safe_dump(changed))
        trained = {job for job in scheduled(finished, "results/toy/runs/bt/en-gl/model") if job.startswith("train")}
        assert trained == {"train na_mrasp", "train na_mrasp_ft/gl-en", "train bt/en-gl"}
    finally:
        (finished / "toy.yaml").write_text(yaml.safe_dump(STUDY))


def test_figures_of_parameters_wait_for_models_and_those_not_in_the_default_target_are_left(finished):
    figures = {
        **STUDY["figures"],
        "languages": {"kind": "correlation", "runs": ["mrasp"]},
        "pruning": {"kind": "pruning", "runs": ["mrasp"], "ratios": [0.3], "default": False},
    }
    try:
        (finished / "toy.yaml").write_text(yaml.safe_dump({**STUDY, "figures": figures}))
        assert scheduled(finished) == {"sensitivity mrasp", "correlation", "plot", "report"}
        pruned = {f"{rule} mrasp" for rule in ("prune", "translate_pruned", "score_pruned")}
        whole = {f"{rule} mrasp" for rule in ("sensitivity", "translate", "score")}
        drawn = {"pruning", "plot"}
        assert scheduled(finished, "results/toy/figures/pruning.svg") == pruned | whole | drawn
        assert pruned | drawn < scheduled(finished, "ablation")
    finally:
        (finished / "toy.yaml").write_text(yaml.safe_dump(STUDY))


def test_eight_jobs_a_direction_write_the_same_shards_as_one(finished, tmp_path):
    folder = shutil.copytree(finished, tmp_path / "scattered")
    shards = [f"results/toy/shards/{kind}/en-es" for kind in ("original", "substituted")]
    for shard in shards:
        shutil.rmtree(folder / shard)
    snakemake(folder, "--set-scatter", "parts=8", "--", *shards)
    for shard in shards:
        assert contents(folder / shard, "*.parquet") == contents(finished / shard, "*.parquet") != {}
    assert not (folder / "results" / "toy" / "parts").exists()
    assert "Nothing to be done" in snakemake(folder, "--set-scatter", "parts=8", "--", *shards)


STEPS = {
    "workflow_scripts.clean", "workflow_scripts.hold_out", "workflow_scripts.decontaminate", "workflow_scripts.plan",
    "workflow_scripts.count_words", "workflow_scripts.learn_subwords", "workflow_scripts.induce_dictionary",
    "workflow_scripts.extend_vocabulary",
    "workflow_scripts.encode", "workflow_scripts.substitute", "workflow_scripts.check_leaks", "model.train",
    "model.translate", "workflow_scripts.score", "workflow_scripts.tabulate", "workflow_scripts.collect_scores",
    "workflow_scripts.learning_curves", "workflow_scripts.plot", "workflow_scripts.report",
}  # fmt: skip


def running(process: subprocess.Popen, steps: set[str]) -> str | None:
    """One of the steps whose command runs somewhere below a process."""
    with contextlib.suppress(psutil.Error):
        for child in psutil.Process(process.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):  # it ended while it was looked at
                if found := steps.intersection(child.cmdline()):
                    return found.pop()
    return None


def take_interrupts() -> None:
    """Undo what a shell does to its background jobs, which is to make them deaf to Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def interrupted(folder: Path, steps: set[str], number: signal.Signals) -> str | None:
    """Start the study and signal everything while one of the steps runs; which one, or None where it ended first."""
    log = folder / "interrupted.log"
    with open(log, "w") as output:
        process = subprocess.Popen(
            command(folder), start_new_session=True, preexec_fn=take_interrupts, stdout=output, stderr=output
        )
    while not (step := running(process, steps)):
        if process.poll() is not None:
            assert process.returncode == 0, log.read_text()[-4000:]
            return None
        time.sleep(0.01)
    time.sleep(2.5 if step == "model.train" else 0.3)  # training is to have a checkpoint to continue from
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
    process.wait()
    return step


def test_a_study_stopped_in_every_rule_ends_as_one_that_was_not(finished, tmp_path):
    folder, left, count = prepare(tmp_path / "stopped"), set(STEPS), 0
    while step := interrupted(folder, left, signal.SIGKILL if count % 2 else signal.SIGINT):
        left.remove(step)
        count += 1
    assert not left & {"workflow_scripts.learn_subwords", "workflow_scripts.encode", "model.train", "model.translate"}
    assert count >= 12
    for pattern in ("text/*.parquet", "shards/*/*/*.parquet", "runs/**/model/*", "translations/**/*.txt", "scores.tsv"):
        first, second = (contents(f / "results" / "toy", pattern) for f in (finished, folder))
        assert first and first == second, pattern
    assert not list((folder / "results").rglob("*.part"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sede": 3}, "toy.yaml: unknown 'sede'; did you mean 'seed'?"),
        ({"pairs": {**STUDY["pairs"], "other": ["en-fr"]}}, "toy.yaml: pairs: no corpus of the study has en-fr"),
    ],
)
def test_a_mistake_in_the_study_is_one_line_without_a_traceback(tmp_path, change, message):
    folder = prepare(tmp_path / "wrong", {**STUDY, **change})
    done = subprocess.run(command(folder, "--dry-run"), capture_output=True, text=True)
    (line,) = [line for line in done.stderr.splitlines() if "profile" not in line]
    assert done.returncode == 1 and line.startswith("error: ") and message in line
