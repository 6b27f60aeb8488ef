"""Several processes of a training on one machine: `python -m model.train run.json --processes 8`."""

import subprocess
import sys
from collections.abc import Sequence

from model.machine.interruption import EXIT_CODE, StopRequest

SECONDS_TO_SAVE = 600  # after a signal, before torchrun kills its processes


def launch(module: str, processes: int, arguments: Sequence[str]) -> int:
    """Run a module with torchrun, and pass on stop signals. Returns its exit code, or EXIT_CODE after such a signal.

    torchrun runs in its own session, so that a signal to all processes of a job reaches it only once. Its processes
    meet at the loopback address, because the name of a host need not resolve, for instance in a container.
    """
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--local-addr=127.0.0.1"]
    command += [f"--nproc-per-node={processes}"]
    command += [f"--signals-to-handle={','.join(number.name for number in StopRequest.SIGNALS)}"]
    command += [f"--shutdown-timeout={SECONDS_TO_SAVE}", "-m", module, *arguments]
    running = subprocess.Popen(command, start_new_session=True)
    stop = StopRequest(running.send_signal)
    code = running.wait()
    return EXIT_CODE if code and stop.came else code
