import os
import signal

import pytest

from model.machine.interruption import StopRequest


@pytest.fixture(autouse=True)
def handlers():
    before = {number: signal.getsignal(number) for number in StopRequest.SIGNALS}
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background shell starts its children without it
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", StopRequest.SIGNALS)
def test_a_signal_is_remembered_and_told_once(number, capfd):
    heard = []
    stop = StopRequest(heard.append)
    assert not stop.came
    os.kill(os.getpid(), number)
    assert stop.came and heard == [number]
    assert capfd.readouterr().err == f"{number.name}: saving after this update\n"


def test_further_ones_change_nothing(capfd):
    heard = []
    stop = StopRequest(heard.append)
    for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGUSR1):
        os.kill(os.getpid(), number)
    assert stop.came and heard == [signal.SIGTERM]


def test_a_second_interrupt_from_the_keyboard_acts_as_ever():
    StopRequest()
    os.kill(os.getpid(), signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
