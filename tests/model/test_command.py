import os
import subprocess
import sys
from pathlib import Path

import pytest

from model.command import UserError, named_folder
from tests import ROOT


def ended(body: str) -> subprocess.CompletedProcess:
    code = f"from model.command import run, UserError\ndef main():\n    {body}\nrun(main)"
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("body", "status", "line"),
    [
        ("raise UserError('x.txt: line 3: empty; fill it')", 1, "error: x.txt: line 3: empty; fill it\n"),
        ("raise KeyboardInterrupt", 130, "interrupted: the same command continues from what is complete\n"),
        (
            "open('/dev/full', 'w').write('x' * 100000)",
            1,
            "error: No space left on device; free space or mend the path, and run the command again\n",
        ),
        (
            "open('/nowhere/x')",
            1,
            "error: /nowhere/x: No such file or directory; mend the path, and run the command again\n",
        ),
    ],
)
def test_what_the_user_can_mend_is_one_line(body, status, line):
    done = ended(body)
    assert (done.returncode, done.stderr) == (status, line)


def test_a_fault_of_this_project_keeps_its_traceback():
    assert "Traceback" in ended("raise ValueError('bug')").stderr


def test_a_named_folder_of_a_command_line():
    assert named_folder("ft/en-gl=runs/a=b/model") == ("ft/en-gl", Path("runs/a=b/model"))


@pytest.mark.parametrize("word", ["model", "=model", "mrasp="])
def test_a_folder_without_a_name_is_refused(word):
    with pytest.raises(UserError, match=f"^{word}: expected NAME=DIR"):
        named_folder(word)


@pytest.mark.parametrize(
    ("package", "given", "policy"),
    [("model", {}, "PASSIVE"), ("model", {"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE"), ("bench", {}, "None")],
)
def test_threads_sleep_while_they_wait_but_those_of_other_programs_in_benches(package, given, policy):
    """The variable counts only before torch is loaded."""
    code = f"import {package}, os, sys; print(os.environ.get('OMP_WAIT_POLICY'), 'torch' in sys.modules)"
    environment = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    command = [sys.executable, "-c", code]
    found = subprocess.run(command, cwd=ROOT, env={**environment, **given}, capture_output=True, text=True)
    assert found.stdout == f"{policy} False\n", found.stderr
