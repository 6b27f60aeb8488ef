"""Jobs that failed are made again by the next run, with all that depends on them.

Before a job, Snakemake deletes its outputs and marks them as incomplete. When the job fails, Snakemake 9 takes the
marks away, and records the parameters and inputs of the job as if it had made its outputs. In a study that was
finished before, the next run then finds no reason to run the job again: only later results are asked for, and the old
ones exist. Snakemake also ignores marks of files that are missing, such as those of a job that was killed together with
Snakemake itself.

So here the marks of a failed job are kept, its record stays as it was, and a job with marks runs again whether its
outputs exist or not. A file that somebody deleted has no mark.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Any

from model.text.tokenizer import CODES, MODEL, SETTINGS, VOCABULARY

OF_A_MODEL = ("config.json", "model.safetensors", SETTINGS, VOCABULARY)  # and its subwords: one of the next two
SUBWORDS = (CODES, MODEL)


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


def lacks_files(model: Path) -> bool:
    """Whether a model folder is there without some of its files."""
    files = {path.name for path in model.iterdir()} if model.is_dir() else set(OF_A_MODEL + SUBWORDS)
    return not files.issuperset(OF_A_MODEL) or files.isdisjoint(SUBWORDS)


def run_marked_jobs(dag: Any, damaged: Collection[str]) -> None:
    """Let Snakemake run the jobs of its targets again that began and did not end well. dag: its class DAG.

    damaged: outputs whose jobs run again as well.
    """
    check_incomplete = dag.check_incomplete

    async def with_missing_files(self: Any) -> None:
        await check_incomplete(self)
        if not self.ignore_incomplete:
            files = {str(file): file for job in self.jobs for file in job.output}
            marked = self.workflow.persistence._filter_incomplete_keys(files)
            self.forcefiles.update(files[name] for name in marked.union(damaged).intersection(files))

    dag.check_incomplete = with_missing_files
