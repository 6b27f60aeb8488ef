"""Items made by a thread before they are asked for."""

import queue
import threading
from collections.abc import Generator, Iterator
from typing import TypeVar

Item = TypeVar("Item")


def prefetch(items: Iterator[Item], count: int) -> Generator[Item]:
    """The same items, up to `count` of them made by a thread before they are asked for; its errors are raised here."""
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
        thread.join()  # a thread that is inside a library when Python ends can take the process down
