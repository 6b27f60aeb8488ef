"""A study from somebody else: nothing in it is executed, whatever its values and the names of its files."""

import copy
import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from model.command import UserError
from tests.workflow.toy_study import STUDY, command, prepare, snakemake
from workflow_scripts.plan.plan import Plan
from workflow_scripts.study.read import read_study

TOUCH = "$(touch PWNED)"
ODD = f"""it's {TOUCH};touch PWNED&touch PWNED|"q" `touch PWNED` > PWNED #ü"""  # a folder, and parts of names
EXPRESSION = '?__import__("os").system("touch PWNED") or "toy"'
PWN = "import os; os.system('touch PWNED')"
SHA = "ab" * 32
URL = {"id": "url:web/1/en-gl", "format": "tsv", "columns": {"first": 0, "second": 1}, "sha256": SHA}


def changed(*path: str, value: Any) -> dict[str, Any]:
    """The toy study with another value at a path of keys."""
    study = copy.deepcopy(STUDY)
    inner: Any = study
    for key in path[:-1]:
        inner = inner.setdefault(key, {})
    inner[path[-1]] = value
    return study


def corpus(entry: Any) -> dict[str, Any]:
    """The toy study with one more corpus."""
    return changed("corpora", value=[*STUDY["corpora"], entry])


# What is tried → the study, and what its one line says.
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "an expression of yte": ({"__use_yte__": True, **changed("study", value=EXPRESSION)}, "nothing in it is executed"),
    "a definition of yte": ({"__use_yte__": True, "__definitions__": [PWN], **STUDY}, "nothing in it is executed"),
    "a command as the study's name": (changed("study", value=TOUCH), "study: "),
    "a path as the study's name": (changed("study", value="../../x"), "study: "),
    "a command as a group": (changed("pairs", TOUCH, value=["en-gl"]), "pairs."),
    "a command as a pair": (changed("pairs", "downstream", value=[f"en-{TOUCH}"]), "pairs: downstream: "),
    "a command as a run": (changed("runs", TOUCH, value={"train_on": "pretrain"}), "runs."),
    "a command as a table": (changed("tables", TOUCH, value={"runs": ["mrasp"]}), "tables."),
    "a command as a figure": (changed("figures", TOUCH, value={"runs": ["mrasp"]}), "figures."),
    "a command as a test set": (changed("testsets", TOUCH, value="file:a/1"), "testsets."),
    "a command as a dataset": (corpus(f"opus:{TOUCH}/1/en-gl"), "corpora: entry 4: "),
    "a command as a segmenter": (changed("segmenters", value={"gl": TOUCH}), "segmenters: "),
    "a command as a metric": (changed("metrics", value=[TOUCH]), "metrics.0: "),
    "a command as a language": (changed("runs", "mrasp", "source", value=TOUCH), "runs.mrasp.source: "),
    "a command as a number": (changed("training", "updates", value=TOUCH), "training.updates: "),
    "an option of pip": (
        corpus({**URL, "address": "pkg:pypi/--log=PWNED"}), "is no package; write pkg:pypi"
    ),
    "an option of apt": (
        corpus({**URL, "address": "pkg:deb/-oDir::Bin::methods=PWNED_1_all.deb"}), "is no package"
    ),
    "an attribute of an object": (
        corpus({**URL, "address": "https://x.org/{first.__class__.__init__.__globals__}"}),
        "unknown '{first.__class__",
    ),
    "a wildcard as a file": (corpus({"id": "file:a/1", "files": {"en": "{study}.en"}}), "has '{'"),
    "an option as a file": (changed("subwords", value={"codes": "--settings=x", "vocabulary": "v"}), "subwords.codes"),
}  # fmt: skip


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(prepare(tmp_path / "work"))
    return tmp_path / "work"


@pytest.mark.parametrize("way", REFUSED)
def test_what_can_only_be_meant_ill_is_refused_in_one_line(folder, way):
    study, message = REFUSED[way]
    Path("toy.yaml").write_text(yaml.safe_dump(study))
    with pytest.raises(UserError) as error:
        _ = Plan(read_study("toy.yaml")).supplies.needs
    assert message in str(error.value) and "\n" not in str(error.value)
    assert not list(folder.rglob("PWNED*"))


@pytest.mark.parametrize(
    ("way", "file"), [("an expression of yte", "toy.yaml"), ("a definition of yte", "toy.yaml"),
                      ("an expression of yte", "config.yaml")]
)  # fmt: skip
def test_snakemake_reads_no_study_itself(folder, way, file):
    """Neither one given with --configfile, nor the file that is taken without that option."""
    Path(file).write_text(yaml.safe_dump(REFUSED[way][0]))
    words = command(folder, "--dry-run")
    if file == "config.yaml":
        at = words.index("--configfile")
        del words[at : at + 2]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert re.search(r"^error: .*__use_yte__: a study is data, and nothing in it is executed", done.stderr, re.M)
    assert not list(folder.rglob("PWNED*"))


def test_values_that_look_like_commands_reach_commands_as_they_are(finished, tmp_path):
    """Files of text, test sets, dictionaries, merges and models; addresses and mirrors; labels and licences."""
    folder = prepare(tmp_path / f"work {ODD}")
    odd = folder / ODD
    odd.mkdir()
    for name in ("es.en", "es.es", "pt.en", "pt.pt"):
        shutil.move(folder / name, odd / f"{TOUCH} {name}")
    shutil.copytree(finished / "results/toy/runs/mrasp/model", odd / "model")
    rows = [line.split("\t") for line in (odd / "model/vocabulary.tsv").read_text().splitlines()]
    (odd / "counts").write_text("".join(f"{piece} {count}\n" for piece, count, *_ in rows if int(count) > 0))
    (odd / "words.tsv").write_text("red\trojo\ncat\tgato\n")
    table = "the boat is here .\to barco esta aqui .\n" * 3
    (odd / f"{TOUCH}x.tsv").write_text(table)
    own = {code: f"{ODD}/{TOUCH} es.{code}" for code in ("en", "es")}
    held = {code: f"{ODD}/{TOUCH} pt.{'en' if code == 'en' else 'pt'}" for code in ("en", "es", "gl")}
    web = {**URL, "address": f"https://localhost/d/{TOUCH}x.tsv", "sha256": hashlib.sha256(table.encode()).hexdigest()}
    study = {
        **STUDY,
        "corpora": [{"id": "file:spanish/1", "files": own, "licence": TOUCH}, web],
        "pairs": {"pretrain": ["en-es"], "downstream": ["en-gl"]},
        "limits": {},
        "testsets": {
            "test": [{"id": "file:own/1", "files": held}],
            "dev": [{"id": "file:own/2", "files": held}],
        },
        "mirrors": {"https://localhost/d/": "{mirror}/"},
        "mirror": str(odd),
        "filters": {"duplicates": None},
        "subwords": {"codes": f"{ODD}/model/codes", "vocabulary": f"{ODD}/counts"},
        "dictionaries": {"sources": [{"id": "file:words/1/en-es", "address": f"{ODD}/words.tsv", "format": "tsv"}]},
        "substitution": {"exclude_target": False},
        "runs": {
            "a": {"train_on": "pretrain", "label": TOUCH, "init": f"{ODD}/model", "shards": ["substituted"]},
            "b": {"train_on": "downstream", "label": f"; {TOUCH} {{x}}"},
        },
        "tables": {"counts": {"kind": "corpora", "runs": ["a", "b"]}},
        "figures": {"sizes": {"kind": "sizes", "runs": ["a", "b"]}},
    }
    (folder / "toy.yaml").write_text(yaml.safe_dump(study))
    made = ["dictionaries/en-es.tsv", "subwords/tokenizer.json", "CORPORA.md", "figures/sizes.svg", "runs/a/run.json"]
    snakemake(folder, *(f"results/toy/{name}" for name in made))
    assert not list(tmp_path.rglob("PWNED*")) and not Path("PWNED").exists()
    assert os.listdir(folder / "resources/url/web").pop()
