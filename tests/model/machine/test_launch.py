import subprocess

from model.machine.launch import launch


def test_processes_meet_at_an_address_that_needs_no_name(monkeypatch):
    """The name of a host need not resolve: torchrun then waits for ever."""
    started = []

    class Ended:
        def __init__(self, command, **_):
            started.extend(command)

        def wait(self):
            return 3

        send_signal = None

    monkeypatch.setattr(subprocess, "Popen", Ended)
    assert launch("model.train", 2, 1, ["run.json"]) == 3
    assert "--local-addr=127.0.0.1" in started and started[-5:] == ["-m", "model.train", "run.json", "--threads", "1"]
