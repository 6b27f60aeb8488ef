"""Apply one function to many batches on several cores, with the results in the order of the batches."""

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
ALONE = 32  # jobs done before other processes are started, because a short text is finished by then


def in_order(
    function: Callable[[Job], Result], jobs: Iterable[Job], threads: int, alone: int = ALONE
) -> Iterator[Result]:
    """The results of all jobs, in their order. At most twice as many jobs as threads wait or run at a time.

    function and jobs are sent to other processes, so they must be picklable. The first `alone` jobs are done in this
    process. Raises what the function raises.
    """
    # Spawn, because forked processes would inherit the locks of Arrow's threads.
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
    """Set up a process: it ignores Ctrl-C, which its parent handles, and ends when its parent ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)
