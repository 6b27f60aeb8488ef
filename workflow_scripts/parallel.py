"""One function over many batches on several cores, results in the order of the batches."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from model.command import UserError

Job = TypeVar("Job")
Result = TypeVar("Result")
ALONE = 32  # jobs done before other processes are started, since a short text is done before they are


def in_order(
    function: Callable[[Job], Result], jobs: Iterable[Job], threads: int, alone: int = ALONE
) -> Iterator[Result]:
    """The results of all jobs, in their order; twice as many as there are threads are under way at once.

    function and jobs go to other processes and must be picklable; the first `alone` of them stay in this one. Raises
    what the function raises.
    """
    # Forked processes would inherit locks of Arrow's threads; these start anew and load what they need.
    pool = ProcessPoolExecutor(threads, multiprocessing.get_context("spawn"), _begin)
    under_way: deque[Future[Result]] = deque()
    try:
        for number, job in enumerate(jobs):
            if threads == 1 or number < alone:
                yield function(job)
                continue
            under_way.append(pool.submit(function, job))
            if len(under_way) > 2 * threads:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    except BrokenProcessPool:
        raise UserError("a process was killed from outside, perhaps for lack of memory; use fewer threads") from None
    finally:
        pool.shutdown(cancel_futures=True)


def _begin() -> None:
    """What a process does first: leave Ctrl-C to the one that started it, and end when that one is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)
