"""Jobs after an `ancient` input are looked at by themselves.

If a job must run, Snakemake 9 does not ask whether the jobs after it have reasons of their own, since it plans them all
anyway. But it does not plan those behind an input that is `ancient`. So a study with two new settings, one of run.json
and one of the search, would get a new run.json, and keep its old translations until the next run.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any


def look_behind_ancient(dag: Any) -> None:
    """Let Snakemake examine all jobs that do not run because of another one. dag: its class DAG."""
    update_needrun = dag.update_needrun

    async def with_jobs_behind_ancient(self: Any, *arguments: Any, **named: Any) -> None:
        self.bfs = _bfs_without_ancient  # in this method, Snakemake uses it for the jobs that need no look
        try:
            await update_needrun(self, *arguments, **named)
        finally:
            del self.bfs

    dag.update_needrun = with_jobs_behind_ancient


def _bfs_without_ancient(depending: Any, *jobs: Any) -> Iterator[Any]:
    """Some jobs and all that depend on them, but not by ancient inputs alone. depending: job → other → its inputs."""
    waiting = deque(jobs)
    seen = set(waiting)
    while waiting:
        job = waiting.popleft()
        yield job
        for other, files in depending[job].items():
            if other not in seen and not all(file.is_ancient for file in files):
                seen.add(other)
                waiting.append(other)
