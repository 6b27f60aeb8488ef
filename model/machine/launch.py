"""Several processes of a training on one machine: `python -m model.train run.json --processes 8`."""

import os
import subprocess
import sys
from collections.abc import Sequence

import torch

from model.machine.devices import count_cores
from model.machine.interruption import EXIT_CODE, StopRequest
from model.machine.lease import LEASED

LEAST_TOKENS = 256  # of an update: fewer are not worth a process
SECONDS_TO_SAVE = 600  # after a signal, before torchrun kills its processes


def is_started() -> bool:
    """Whether torchrun or srun has started this process, and so decides how many there are."""
    return "WORLD_SIZE" in os.environ or os.environ.get("SLURM_STEP_NUM_TASKS", "1") != "1"


def share_out(processes: int, threads: int | None, tokens: int) -> tuple[int, int]:
    """How many processes to start for a training, and how many threads each has.

    processes: that the user wants; 0 leaves it open. threads: of all processes together; None: all cores. tokens: of an
    update. On a processor, processes of one thread are faster than threads: they wait for each other once an update and
    not after each operation, and sleep meanwhile. So they lose little to other work on the machine.
    """
    cores = threads or count_cores()
    if torch.cuda.is_available():
        processes = processes or int(os.environ.get(LEASED, 0)) or 1
    processes = processes or max(1, min(cores, tokens // LEAST_TOKENS))
    return processes, max(1, cores // processes)


def launch(module: str, processes: int, threads: int, arguments: Sequence[str]) -> int:
    """Run a module with torchrun, and pass on stop signals. Returns its exit code, or EXIT_CODE after such a signal.

    threads: of each process. torchrun runs in its own session, so that a signal to all processes of a job reaches it
    only once. Its processes meet at the loopback address, because the name of a host need not resolve, for instance in
    a container.
    """
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--local-addr=127.0.0.1"]
    command += [f"--nproc-per-node={processes}"]
    command += [f"--signals-to-handle={','.join(number.name for number in StopRequest.SIGNALS)}"]
    command += [f"--shutdown-timeout={SECONDS_TO_SAVE}", "-m", module, *arguments, "--threads", str(threads)]
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    running = subprocess.Popen(command, start_new_session=True, env=environment)
    stop = StopRequest(running.send_signal)
    code = running.wait()
    return EXIT_CODE if code and stop.came else code
