"""Debian's Slurm as a cluster of this machine alone, in a scratch folder: munged, slurmctld and one slurmd."""

import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKAGES = ["slurm-wlm", "munge"]
# Where commands look that are not told by SLURM_CONF, such as the srun of a job of snakemake-executor-plugin-slurm.
USUAL = Path("/etc/slurm/slurm.conf")
DAEMONS = ["munged", "slurmctld", "slurmd"]
# GPUs are made up: Slurm hands them out and sets CUDA_VISIBLE_DEVICES, but torch sees none and takes the processor. The
# machine `absent` is, too: a partition without GPUs, for a job that asks it for one.
CONFIGURATION = """\
ClusterName=toy
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
SlurmctldPort={controller}
SlurmdPort={node}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
GresTypes=gpu
SlurmdParameters=config_overrides
ReturnToService=2
KillWait={patience}
MinJobAge=300
BatchStartTimeout=60
SchedulerParameters=sched_interval=2,batch_sched_delay=1,requeue_delay=2
NodeName={host} NodeAddr=127.0.0.1 CPUs=4 RealMemory=64000 Gres=gpu:2 State=UNKNOWN
NodeName=absent NodeAddr=127.0.0.2 CPUs=4 RealMemory=64000 State=DOWN
PartitionName=cpu Nodes={host} Default=YES MaxTime=INFINITE State=UP
PartitionName=gpu Nodes={host} MaxTime=INFINITE State=UP
PartitionName=bare Nodes=absent MaxTime=INFINITE State=UP
"""


def why_not() -> str | None:
    """Why no cluster can be started here; None where it can, after an installation where that is needed."""
    if os.geteuid():
        return "not root"
    if USUAL.exists():
        return f"{USUAL} is there: this machine belongs to a cluster"
    if all(map(shutil.which, DAEMONS)):
        return None
    if not shutil.which("apt-get"):
        return "no apt"
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *PACKAGES]
    done = [subprocess.run(command, capture_output=True, text=True) for command in (["apt-get", "update"], install)]
    return None if done[-1].returncode == 0 else f"apt-get could not install {' and '.join(PACKAGES)}"


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [taken.getsockname()[1] for taken in sockets]
    for taken in sockets:
        taken.close()
    return ports


def _write_configuration(folder: Path, seconds_to_save: int) -> None:
    controller, node = _free_ports(2)
    host = socket.gethostname().split(".")[0]
    text = CONFIGURATION.format(host=host, folder=folder, controller=controller, node=node, patience=seconds_to_save)
    (folder / "slurm.conf").write_text(text)
    (folder / "gres.conf").write_text("Name=gpu File=/dev/null\nName=gpu File=/dev/zero\n")
    (folder / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\nCgroupAutomount=no\n")
    key = folder / "munge.key"
    key.touch(0o600)
    key.write_bytes(secrets.token_bytes(128))
    (folder / "state").mkdir()
    (folder / "spool").mkdir()


@contextmanager
def cluster(folder: Path, seconds_to_save: int = 30) -> Iterator[None]:
    """Run the daemons while the block runs.

    `seconds_to_save` is what Slurm leaves a job between SIGTERM and SIGKILL.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True)
    _write_configuration(folder, seconds_to_save)
    os.environ["SLURM_CONF"] = str(folder / "slurm.conf")  # the daemons find the other files beside it
    USUAL.parent.mkdir(exist_ok=True)
    USUAL.unlink(missing_ok=True)  # a link to a folder that has gone
    USUAL.symlink_to(folder / "slurm.conf")
    munged = ["--socket", "munge.socket", "--key-file", "munge.key", "--pid-file", "munged.pid"]
    munged += ["--log-file", "munged.log", "--seed-file", "munged.seed"]
    munged = [word if word.startswith("--") else str(folder / word) for word in munged]
    commands = [["munged", "--foreground", "--force", *munged], ["slurmctld", "-D"], ["slurmd", "-D"]]
    running = []
    try:
        for command in commands:
            with open(folder / f"{command[0]}.out", "w") as output:
                running.append(subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True))
            time.sleep(1)
        _wait_until_idle(folder)
        yield
    finally:
        subprocess.run(["scancel", "--me"])
        for process in reversed(running):
            process.terminate()
            process.wait(60)
        USUAL.unlink()


def _wait_until_idle(folder: Path) -> None:
    state = ""
    for _ in range(60):
        state = subprocess.run(["sinfo", "-h", "-p", "cpu", "-o", "%T"], capture_output=True, text=True).stdout
        if state.split() and set(state.split()) == {"idle"}:
            return
        time.sleep(1)
    logs = "".join(path.read_text() for path in sorted(folder.glob("*.out")))
    raise RuntimeError(f"the cluster did not start ({state.strip() or 'no answer'}):\n{logs[-4000:]}")
