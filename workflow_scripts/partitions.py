"""Whether a cluster's Slurm has the partitions that the jobs of a study are to go to."""

import subprocess
from collections.abc import Collection, Iterable

from model.command import UserError

WHERE = "in the profile (profiles/cluster/config.yaml), below set-resources for the rule or below default-resources"


def known_partitions() -> list[str]:
    """The partitions that sinfo shows. Raises UserError where there is no Slurm."""
    try:
        shown = subprocess.run(["sinfo", "--noheader", "--format=%R"], capture_output=True, text=True)
    except FileNotFoundError:
        raise UserError("sinfo: not found; start a profile with `executor: slurm` where Slurm's commands are") from None
    if shown.returncode:
        raise UserError(f"sinfo: {shown.stderr.strip()}; Slurm must answer where Snakemake is started")
    return shown.stdout.split()


def check_partitions(asked: Iterable[tuple[str, str | None]], known: Collection[str]) -> None:
    """Raise UserError for the first (rule, its slurm_partition) that names none, or one that is not known.

    Slurm itself takes several, with commas between them, and uses the first that is free.
    """
    for rule, names in asked:
        if not names:
            raise UserError(f"{rule}: no partition; set slurm_partition {WHERE} (there are {', '.join(known)})")
        for name in str(names).split(","):
            if name not in known:
                raise UserError(
                    f"{rule}: this cluster has no partition {name} ({', '.join(known)}); set slurm_partition {WHERE}"
                )
