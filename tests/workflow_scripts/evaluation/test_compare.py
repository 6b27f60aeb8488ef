import json
import sys

import pytest

from model.text.lines import write_lines
from tests.workflow_scripts.planned import settings_file
from workflow_scripts.evaluation.compare import main

STUDY = {
    "study": "s",
    "seed": 6,
    "corpora": ["gettext:p/1"],
    "pairs": {"all": ["en-gl"]},
    "runs": {name: {"train_on": "all"} for name in ("direct", "mrasp")},
    "significance": {"bootstrap": 100, "randomisation": 200},
    "tables": {
        "first": {"runs": ["direct", "mrasp"], "baseline": "direct", "metrics": ["chrf"]},
        "other": {"runs": ["direct", "mrasp"], "baseline": "direct", "metrics": ["sacrebleu"],
                  "significance": "randomisation"},
    },
}  # fmt: skip


LINES = ["unha casa branca na aldea", "o mar azul e o ceo gris"]


@pytest.mark.parametrize(
    ("test", "metric", "draws"), [("bootstrap", "chrf", "bs:100"), ("randomisation", "sacrebleu", "ar:200")]
)
def test_the_command_compares_by_what_the_tables_of_the_study_ask_for(test, metric, draws, tmp_path, monkeypatch):
    settings = settings_file(STUDY, "compare", "direct", test, folder=tmp_path)
    for code in ("en", "gl"):
        write_lines(tmp_path / "test" / f"{code}.txt", LINES)
    write_lines(tmp_path / "system.txt", LINES)
    write_lines(tmp_path / "baseline.txt", ["unha casa moi branca", LINES[1]])
    monkeypatch.chdir(tmp_path)
    flags = ["--settings", str(settings), "--run", "mrasp", "--baseline", "direct", "--test", test, "--testset", "test"]
    monkeypatch.setattr(sys, "argv", ["compare", *flags, "en-gl", "system.txt", "baseline.txt", "o.json"])
    main()
    made = json.loads((tmp_path / "o.json").read_text())
    assert (made["run"], made["baseline"], made["test"], made["segments"]) == ("mrasp", "direct", test, 2)
    assert list(made["scores"]) == [metric] and made["scores"][metric]["difference"] > 0
    signature = made["scores"][metric]["signature"].split("|")
    assert draws in signature and "seed:7" in signature, "0 would be no seed to sacreBLEU, so it is one more"
