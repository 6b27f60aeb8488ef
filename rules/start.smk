# What happens when Snakemake starts to work, and when it ends.

import logging
import os

from snakemake.dag import DAG
from snakemake.io import _IOFile
from snakemake.scheduling.job_scheduler import JobScheduler

from model.records import write_json
from model.writing import lock
from workflow_scripts.jobs.ancient import look_behind_ancient
from workflow_scripts.jobs.code import code_of, digest, set_checkpoints_aside, trained_by_other_code
from workflow_scripts.jobs.failures import keep_marks, lacks_files, run_marked_jobs
from workflow_scripts.jobs.inputs import from_the_future
from workflow_scripts.jobs.logs import ShortReasons, errors_since
from workflow_scripts.jobs.unchanged import record_all_checksums, skip_unchanged
from workflow_scripts.jobs.partitions import Asked, check_partitions, known_partitions
from workflow_scripts.study.read import to_json

logging.getLogger("snakemake.logging").addFilter(ShortReasons())
keep_marks(JobScheduler)
if workflow.is_main_process:
    models = [f"{PLAN.folder}/runs/{run}/model" for run in MODELS]
    look_behind_ancient(DAG)
    run_marked_jobs(DAG, [folder for folder in models if lacks_files(Path(folder))])
    record_all_checksums(_IOFile)
    skip_unchanged(JobScheduler)
else:
    SETTINGS.begin()  # the Snakemake of a cluster job, for which `onstart` does not run

# Nothing is trained again because of its code alone, but a warning says how to ask for it.
OUTDATED = trained_by_other_code(Path(PLAN.folder, "runs", run) for run in TRAINED if workflow.is_main_process)
if OUTDATED:
    print(
        f"warning: {where}: the code of training has changed since models were trained ({OUTDATED[0]},"
        f" {len(OUTDATED)} in all); --forcerun train trains them again",
        file=sys.stderr,
    )

LOCKS = []  # released when this process ends, however it ends, unlike Snakemake's own lock
BEGUN = []  # when the work started, in seconds of the clock that results/ is on


def start_to_work():
    """Lock the results of the study, and write study.json and the settings files."""
    folder = Path(PLAN.folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        LOCKS.append(open(folder / ".lock", "a"))
        lock(LOCKS[-1], folder)
        os.utime(LOCKS[-1].name)
        BEGUN.append(os.stat(LOCKS[-1].name).st_mtime)
        write_json(folder / "study.json", to_json(STUDY))
        SETTINGS.begin()
    except BlockingIOError:
        sys.exit(f"error: another Snakemake works on {folder}; wait for it, or stop it")
    except OSError as error:
        sys.exit(f"error: {folder}: {error.strerror}; free space or mend the path, and run the command again")


def remove_rate_limit():
    """Without a cluster, remove the limit of jobs per second, so that the scheduler wakes only when a job ends.

    The limit is meant for queues. For it, Snakemake 9 looks at all waiting jobs again one second after each look. This
    grows with the square of the number of jobs; in a study of 330 jobs it took minutes of CPU time.
    """
    if workflow.local_exec:
        workflow.scheduler.job_rate_limiter = None


def results_of_targets():
    """The most useful results of the targets, for the last line of a run.

    These are the Markdown file of a table, the SVG file of a figure, the folders of other targets, and target files.
    """
    jobs = [job for job in workflow.dag.targetjobs if not job.output]
    if any(job.rule.name == "all" for job in jobs):
        made = [Path(PLAN.folder, name) for name in ("tables", "report.html", "CORPORA.md")]
        return [path for path in made if path.exists()]
    files = {Path(file) for job in jobs for file in job.input}
    shown = {file for file in files if file.suffix in (".md", ".svg")}
    folders = {file.parent for file in files} - {file.parent for file in shown}
    return sorted({*map(Path, workflow.dag.targetfiles), *shown, *folders})


def begin_trainings_again():
    """Let trainings begin without their checkpoints if their code has changed and `--forcerun train` asks for them."""
    if workflow.dag_settings.forceall or "train" in workflow.dag_settings.forcerun:
        planned = {Path(job.output.model).parent for job in workflow.dag.needrun_jobs() if job.rule.name == "train"}
        for run in planned.intersection(OUTDATED):
            set_checkpoints_aside(run)


def check_profile():
    """End the program if Slurm lacks the partitions or GPUs of the profile."""
    if workflow.executor_plugin.name != "slurm":
        return
    asked = {
        job.rule.name: Asked(job.rule.name, job.resources.get("slurm_partition"), job.resources.get("gpu", 0))
        for job in workflow.dag.needrun_jobs()
        if not job.is_local
    }
    try:
        check_partitions(asked.values(), known_partitions())
    except UserError as error:
        sys.exit(f"error: {error}")


def check_times():
    """End the program if an input was written later than now: Snakemake would delete all that is made from it."""
    made = {str(file) for job in workflow.dag.jobs for file in job.output}
    needed = {str(file) for job in workflow.dag.needrun_jobs() for file in job.input} - made
    try:
        from_the_future(sorted(needed), BEGUN[0])
    except UserError as error:
        sys.exit(f"error: {error}")


onstart:
    start_to_work()
    check_times()
    for line in checks.warnings(PLAN):
        print(f"warning: {where}: {line}", file=sys.stderr)
    check_profile()
    begin_trainings_again()
    remove_rate_limit()


onsuccess:
    print("results:", *results_of_targets(), file=sys.stderr)


onerror:
    folders = (Path(PLAN.folder, "logs"), Path("resources", "logs"))
    if BEGUN:
        print("", *errors_since(folders, BEGUN[0]), sep="\n", file=sys.stderr)
