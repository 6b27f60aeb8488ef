"""Jobs that failed are made again by the next run, with all that depends on them.

Before a job, Snakemake deletes its outputs and marks them as incomplete. When the job fails, Snakemake 9 takes the
marks away, and records the parameters and inputs of the job as if it had made its outputs. In a study that was
finished before, the next run then finds no reason to run the job again: only later results are asked for, and the old
ones exist. Snakemake also ignores marks of files that are missing, such as those of a job that was killed together with
Snakemake itself.

So here the marks of a failed job are kept, its record stays as it was, and a job with marks runs again whether its
outputs exist or not. A file that somebody deleted has no mark.
"""

from typing import Any


def keep_marks(scheduler: Any) -> None:
    """Let Snakemake keep the marks of jobs that fail, in this process. scheduler: its class JobScheduler."""
    handle_error = scheduler._handle_error

    def without_record(self: Any, job: Any, postprocess_job: bool = True) -> None:
        persistence = self.workflow.persistence
        finished, persistence.finished = persistence.finished, _record_nothing
        try:
            handle_error(self, job, postprocess_job)
        finally:
            persistence.finished = finished
        if not postprocess_job:
            job.register()  # its command ended well, but without the outputs; Snakemake has removed mark and record

    scheduler._handle_error = without_record


async def _record_nothing(job: Any) -> None:
    pass


def run_marked_jobs(dag: Any) -> None:
    """Let Snakemake run the jobs of its targets again that began and did not end well. dag: its class DAG."""
    check_incomplete = dag.check_incomplete

    async def with_missing_files(self: Any) -> None:
        await check_incomplete(self)
        if not self.ignore_incomplete:
            files = {str(file): file for job in self.jobs for file in job.output}
            self.forcefiles.update(files[name] for name in self.workflow.persistence._filter_incomplete_keys(files))

    dag.check_incomplete = with_missing_files
