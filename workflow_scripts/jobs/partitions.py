"""Check that Slurm has the partitions and GPUs that the jobs of a study ask for."""

import subprocess
from collections.abc import Iterable
from typing import NamedTuple

from model.command import UserError

WHERE = "in the profile (profiles/cluster/config.yaml), below set-resources for the rule or below default-resources"


class Asked(NamedTuple):
    """The partitions and GPUs that the profile asks for the jobs of a rule."""

    rule: str
    partitions: str | None  # one, or several with commas between them: Slurm uses the first that is free
    gpus: int = 0


def known_partitions() -> dict[str, bool]:
    """Partition → whether a machine in it has GPUs, from sinfo. Raises UserError without Slurm."""
    try:
        shown = subprocess.run(["sinfo", "--noheader", "--format=%R %G"], capture_output=True, text=True)
    except FileNotFoundError:
        raise UserError("sinfo: not found; start a profile with `executor: slurm` where Slurm's commands are") from None
    if shown.returncode:
        raise UserError(f"sinfo: {shown.stderr.strip()}; Slurm must answer where Snakemake is started")
    found: dict[str, bool] = {}
    for name, generic in map(str.split, shown.stdout.splitlines()):  # a line for each kind of machine in a partition
        found[name] = found.get(name, False) or any(kind.startswith("gpu") for kind in generic.split(","))
    return found


def check_partitions(asked: Iterable[Asked], known: dict[str, bool]) -> None:
    """Raise UserError for a rule without a partition, with an unknown one, or with one that lacks the GPUs it needs."""
    for rule, names, gpus in asked:
        if not names:
            raise UserError(f"{rule}: no partition; set slurm_partition {WHERE} (there are {', '.join(known)})")
        for name in str(names).split(","):
            if name not in known:
                raise UserError(
                    f"{rule}: this cluster has no partition {name} ({', '.join(known)}); set slurm_partition {WHERE}"
                )
            if gpus and not known[name]:
                having = ", ".join(other for other in known if known[other]) or "none has"
                raise UserError(
                    f"{rule}: no machine of the partition {name} has a GPU; set slurm_partition to one that has"
                    f" ({having}), or gpu: 0, {WHERE}"
                )
