import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


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
