"""Real trainings of several processes that fail, are killed or are stopped: all of them end, with one line."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import psutil
import pytest

from model.machine.interruption import EXIT_CODE
from model.records import write_json
from tests import ROOT
from tests.model.toy_run import changed, prepare

pytestmark = pytest.mark.slow


def heed():
    """Tests that a shell runs in the background, or `nohup`, ignore signals, and what they start would too."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def begun(config, folder, processes=2):
    """The command, once the training has begun, or at once if it does not last."""
    folder.mkdir()
    write_json(folder / "run.json", config.model_dump())
    command = [sys.executable, "-m", "model.train", str(folder / "run.json"), "--threads", "2"]
    command += ["--processes", str(processes)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen(command, cwd=ROOT, start_new_session=True, preexec_fn=heed, **pipes)


@pytest.fixture(autouse=True)
def no_training_stays():
    """Ends what a failed test leaves, which would train for hours."""
    yield
    for child in psutil.Process().children():
        with suppress(psutil.Error):  # it has ended
            if "model.train" in child.cmdline():
                child.kill()


def until_it_trains(command):
    assert any("updates" in line for line in command.stdout)


def others(command):
    return psutil.Process(command.pid).children(recursive=True)


def errors(command):
    return [
        line for line in command.communicate(timeout=120)[0].splitlines() if line.startswith(("error", "Traceback"))
    ]


@pytest.fixture
def config(tmp_path):
    return changed(prepare(tmp_path), updates=100_000, evaluate_every=50_000, batch_tokens=1024)


def test_a_mistake_is_one_line_and_not_one_of_each_process(config, tmp_path):
    command = begun(changed(config, learning_rate=1e30, warmup=0, spike=0.0, max_skipped=1), tmp_path / "run")
    (line,) = errors(command)
    assert line.startswith("error: runs.toy: update") and command.returncode == 1


@pytest.mark.parametrize("processes", [2, 3])
def test_one_that_is_killed_ends_all_with_a_line(config, tmp_path, processes):
    """The line is of the one that was killed, and not of another one that misses it."""
    command = begun(config, tmp_path / "run", processes)
    until_it_trains(command)
    max(others(command), key=lambda other: other.environ()["RANK"]).send_signal(signal.SIGKILL)
    assert errors(command) == [
        "error: a process of this training was killed, perhaps for lack of memory; run it with fewer --processes"
    ]
    assert command.returncode == 1


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP])
def test_none_outlives_the_command(config, tmp_path, number):
    """SIGHUP comes when a terminal is closed."""
    command = begun(config, tmp_path / "run")
    until_it_trains(command)
    found = others(command)
    assert len(found) == 1
    command.send_signal(number)
    command.communicate(timeout=60)
    assert psutil.wait_procs(found, timeout=20)[1] == []


@pytest.mark.parametrize("seconds", [0.5, 3.0])
def test_a_signal_while_they_start_ends_them(config, tmp_path, seconds):
    """All processes of the terminal get Ctrl-C."""
    command = begun(config, tmp_path / "run")
    time.sleep(seconds)
    found = others(command)
    os.killpg(command.pid, signal.SIGINT)
    output = command.communicate(timeout=60)[0]
    # While Python loads modules, its own exit code: 1 where `-m` imports the module.
    loading = output.rstrip().endswith("KeyboardInterrupt") and command.returncode == 1
    assert loading or command.returncode in (-signal.SIGINT, 130, EXIT_CODE), output
    assert psutil.wait_procs(found, timeout=20)[1] == []


def test_a_stop_is_told_once(config, tmp_path):
    command = begun(config, tmp_path / "run")
    until_it_trains(command)
    command.send_signal(signal.SIGTERM)
    output = command.communicate(timeout=120)[0]
    assert command.returncode == EXIT_CODE
    assert output.count("SIGTERM: saving after this update") == 1 and output.count("saved at update") == 1
    assert "Traceback" not in output and "Exception" not in output
