"""Make items in a thread before they are needed."""

import queue
import threading
from collections.abc import Generator, Iterator
from typing import TypeVar

Item = TypeVar("Item")


def prefetch(items: Iterator[Item], count: int) -> Generator[Item]:
    """The same items. A thread makes up to `count` of them in advance; its errors are raised here."""
    ready: queue.Queue[tuple[bool, object]] = queue.Queue(count)
    gone = threading.Event()

    def offer(*what: object) -> bool:
        while not gone.is_set():
            try:
                ready.put(what, timeout=0.1)  # type: ignore[arg-type]
                return True
            except queue.Full:
                continue
        return False

    def work() -> None:
        try:
            for item in items:
                if not offer(True, item):
                    return
            offer(False, None)
        except BaseException as error:
            offer(False, error)

    thread = threading.Thread(target=work, daemon=True, name="batches")
    thread.start()
    try:
        while True:
            more, item = ready.get()
            if not more:
                if isinstance(item, BaseException):
                    raise item
                return
            yield item  # type: ignore[misc]
    finally:
        gone.set()
        thread.join()  # Python can crash at its end if a thread is inside a library
