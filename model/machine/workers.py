"""Processes that share out the work of one command. A process that waits does not spin."""

import contextlib
import multiprocessing.connection
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from typing import Any, Self

from model.command import UserError


class Workers:
    """Up to `count` processes, each with a function that `make(*arguments)` returned there.

    They start when there is more than one item. This process works until the first of them is ready, so work that is
    soon done does not wait for them. They end with the context, and when this process dies.
    """

    def __init__(self, count: int, make: Callable[..., Callable[[Any], Any]], *arguments: object):
        self.count, self._work = count, (make, arguments)
        self._processes: dict[Connection, multiprocessing.process.BaseProcess] = {}
        self._idle: list[Connection] = []

    def map(self, own: Callable[[Any], Any], items: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        """The number of each item and its result, in any order. own: the function, in this process.

        The last items are begun first. Raises the error of the function or of `make`, and UserError if a process dies.
        """
        waiting, busy = deque(enumerate(items)), dict[Connection, int]()
        if self.count > 1 and len(items) > 1:
            self._start(min(self.count, len(items)) - len(self._processes))
        while waiting or busy:
            while waiting and self._idle:
                connection = self._idle.pop()
                busy[connection], item = waiting.pop()
                connection.send(item)
            none_ready = bool(waiting) and not busy
            if none_ready:
                number, item = waiting.pop()
                yield number, own(item)
            for connection in self._answering(wait=not none_ready):
                result = _received(connection)
                self._idle.append(connection)
                if connection in busy:
                    yield busy.pop(connection), result

    def _answering(self, wait: bool) -> list[Connection]:
        """The connections that have something to read."""
        if not self._processes:
            return []
        return multiprocessing.connection.wait(self._processes, timeout=None if wait else 0)  # type: ignore[return-value]

    def _start(self, count: int) -> None:
        """Start more processes, without waiting for them. They ignore Ctrl-C, after which this process ends them."""
        context = multiprocessing.get_context("spawn")
        resource_tracker.ensure_running()  # it unblocks Ctrl-C when it starts
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        try:
            for _ in range(count):
                own_end, its_end = context.Pipe()
                process = context.Process(target=_serve, args=(its_end, *self._work), daemon=True)
                process.start()
                its_end.close()
                self._processes[own_end] = process
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes.values():
            process.terminate()
        for connection, process in self._processes.items():
            process.join()
            connection.close()


def _serve(connection: Connection, make: Callable[..., Callable], arguments: Sequence[object]) -> None:
    """Say that the function is ready, and then answer items, until one raises or the other end is closed."""
    with contextlib.suppress(ConnectionError):
        try:
            function = make(*arguments)
            connection.send((None, None))
            while True:
                connection.send((None, function(connection.recv())))
        except Exception as error:
            connection.send((error, None))


def _received(connection: Connection) -> Any:
    try:
        error, result = connection.recv()
    except (EOFError, ConnectionError):
        message = (
            "a process of this command was killed, perhaps for lack of memory; run it again with fewer --processes"
        )
        raise UserError(message) from None
    if error is not None:
        raise error
    return result
