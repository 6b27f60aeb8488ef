import os
import sys
import time

import pytest

from bench.process import Command, Usage, measure, measure_together
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


def met(_):
    """The number of this process, once all have joined."""
    from model.machine.processes import join, leave

    processes = join()
    total = processes.sum(1)
    leave()
    return processes.number, total, os.environ["LOCAL_RANK"]


@pytest.mark.slow
def test_processes_that_are_measured_together_can_join_each_other():
    found, used = measure_together(2, met, None)
    assert found == [(0, [2.0], "0"), (1, [2.0], "1")] and used.processor > 0


def waits_unless_first():
    if os.environ["RANK"] == "0":
        raise UserError("the first has failed")
    time.sleep(60)


def test_where_one_of_them_fails_the_others_do_not_wait_for_it():
    with pytest.raises(UserError, match="the first has failed"):
        measure_together(2, waits_unless_first)
