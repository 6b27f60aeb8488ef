# What happens when Snakemake starts to work, and when it has ended.

import fcntl
import logging
import time

from model.records import write_json
from workflow_scripts.jobs.logs import ShortReasons, errors_since
from workflow_scripts.jobs.partitions import Asked, check_partitions, known_partitions
from workflow_scripts.study.read import to_json

logging.getLogger("snakemake.logging").addFilter(ShortReasons())
if not workflow.is_main_process:
    SETTINGS.begin()  # a job of a cluster has a Snakemake of its own, and none of them begins the work

BEGUN = time.time()
LOCKS = []  # held as long as this process lives, and gone with it, unlike Snakemake's own lock


def start_to_work():
    """Lock the study's results against another Snakemake, and write study.json and the settings of jobs."""
    folder = Path(PLAN.folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        LOCKS.append(open(folder / ".lock", "a"))
        fcntl.flock(LOCKS[-1], fcntl.LOCK_EX | fcntl.LOCK_NB)
        write_json(folder / "study.json", to_json(STUDY))
        SETTINGS.begin()
    except BlockingIOError:
        sys.exit(f"error: another Snakemake works on {folder}; wait for it, or stop it")
    except OSError as error:
        sys.exit(f"error: {folder}: {error.strerror}; free space or mend the path, and run the command again")


def wait_for_jobs_alone():
    """On this machine, let the scheduler wake when a job ends, and then only.

    For its limit of jobs a second, meant for a queue, Snakemake 9 looks at all waiting jobs a second after each time
    that it looked at them: once more a second for each job that ended, which in a study of 330 jobs took minutes of
    processor time, and grows with the square of the jobs.
    """
    if workflow.local_exec:
        workflow.scheduler.job_rate_limiter = None


def asked_for():
    """What to look at first of what was asked for.

    Of a table its Markdown, of a figure its SVG, of other targets the folders of their files; and files by their paths.
    """
    jobs = [job for job in workflow.dag.targetjobs if not job.output]
    if any(job.rule.name == "all" for job in jobs):
        made = [Path(PLAN.folder, name) for name in ("tables", "report.html", "CORPORA.md")]
        return [path for path in made if path.exists()]
    files = {Path(file) for job in jobs for file in job.input}
    shown = {file for file in files if file.suffix in (".md", ".svg")}
    folders = {file.parent for file in files} - {file.parent for file in shown}
    return sorted({*map(Path, workflow.dag.targetfiles), *shown, *folders})


def look_at_partitions():
    """Before anything is sent to Slurm, look whether it has the partitions and GPUs of the profile."""
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


onstart:
    start_to_work()
    for line in checks.warnings(PLAN):
        print(f"warning: {where}: {line}", file=sys.stderr)
    look_at_partitions()
    wait_for_jobs_alone()


onsuccess:
    print("results:", *asked_for(), file=sys.stderr)


onerror:
    folders = (Path(PLAN.folder, "logs"), Path("resources", "logs"))
    print("", *errors_since(folders, BEGUN), sep="\n", file=sys.stderr)
