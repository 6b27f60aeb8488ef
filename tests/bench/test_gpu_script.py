"""bench/gpu.sh on the processor, so that the first minutes on a GPU are all measurement."""

import os
import subprocess
import sys

import pytest

from tests import ROOT


@pytest.mark.slow
def test_the_script_is_rehearsed_on_the_processor(tmp_path):
    pytest.importorskip("transformers")
    environment = {**os.environ, "PYTHON": sys.executable, "LIMIT": "600"}
    command = ["bench/gpu.sh", str(tmp_path / "out"), "--rehearse"]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    log = (tmp_path / "out/log.txt").read_text()
    assert run.returncode == 0, run.stdout + log
    training = (tmp_path / "out/training.md").read_text().splitlines()
    rows = [line.split(" | ")[0].strip("| ") for line in training if line.startswith("| ")]
    assert rows == ["variant", "ours", "ours", "MBart, sdpa", "MBart, sdpa", "ours, two passes", "ours, two passes"]
    assert "| MBart, sdpa |" in (tmp_path / "out/decoding.md").read_text()
    assert "[100%]" in (tmp_path / "out/tests.txt").read_text()
    assert all(line in run.stdout for line in training)


def test_a_step_that_hangs_or_fails_leaves_the_others_their_time(tmp_path):
    """With the functions of the script alone, as `step` is what all its parts go through."""
    script = (ROOT / "bench/gpu.sh").read_text()
    function = script[script.index("step() {") : script.index("\n}\n", script.index("step() {")) + 3]
    code = f"""set -uo pipefail; out={tmp_path} all=60 failed=0; {function}
        step a.md 1 bash -c 'echo begun; sleep 30'
        step a.md 5 bash -c 'echo wrong >&2; exit 3'
        step a.md 5 echo whole
        all=0; step a.md 5 echo late
        exit $failed"""
    run = subprocess.run(["bash", "-c", code], capture_output=True, text=True, timeout=30)
    lines = (tmp_path / "a.md").read_text().splitlines()
    assert run.returncode == 1 and [line.split(":")[0] for line in lines] == [
        "begun", "stopped after 1 s", "failed, see log.txt", "whole", "not done, no time is left"
    ]  # fmt: skip
    assert "wrong" in (tmp_path / "log.txt").read_text()
