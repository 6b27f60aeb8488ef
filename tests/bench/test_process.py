import sys

import pytest

from bench.process import Command, Usage, measure
from model.command import UserError

CHILD = "import time; block = bytearray(b'x') * 100_000_000\nwhile time.process_time() < 0.4: pass\ntime.sleep(0.5)"
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {CHILD!r}], check=True)"


def test_processor_time_and_memory_of_children_count():
    used = measure(Command([sys.executable, "-c", PARENT]))
    assert used.processor >= 0.4 and used.peak >= 0.1


def test_commands_run_together_share_no_result():
    one, two = (measure(*[Command([sys.executable, "-c", CHILD])] * n) for n in (1, 2))
    assert two.processor >= 0.8 and two.peak >= one.peak + 0.09


def test_a_filter_reads_and_writes_files(tmp_path):
    (tmp_path / "in").write_text("a b\n")
    code = "import sys; sys.stdout.write(sys.stdin.read().upper())"
    measure(Command([sys.executable, "-c", code], tmp_path / "in", tmp_path / "out"))
    assert (tmp_path / "out").read_text() == "A B\n"


def test_a_command_that_fails_is_told_with_what_it_said():
    with pytest.raises(UserError, match="no such text; run it alone"):
        measure(Command([sys.executable, "-c", "import sys; sys.exit('no such text')"]))


def test_stages_add_up_and_the_largest_memory_stays():
    assert Usage(1, 2, 3).then(Usage(10, 20, 1)) == Usage(11, 22, 3)
