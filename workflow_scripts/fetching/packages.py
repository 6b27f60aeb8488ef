"""Files of package indexes, fetched by the tool of each index from wherever this machine has it set up.

`pkg:pypi/Django@5.2` is a wheel that pip brings, `pkg:deb/dict-freedict-eng-swh_2022.04.21-1_all.deb` a package of apt.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from workflow_scripts.fetching.connection import Unavailable

PREFIX = "pkg:"
# Wheels of one platform on every machine, so that all users read the same bytes.
PLATFORM = ["--python-version=3.11", "--implementation=cp", "--platform=any", "--platform=manylinux2014_x86_64"]


def _command(kind: str, name: str) -> list[str]:
    """The command that downloads a package to its working folder."""
    if kind == "pypi":
        pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", *PLATFORM]
        return [*pip, name.replace("@", "==")]
    if kind == "deb":
        return ["apt-get", "download", "=".join(name.split("_")[:2])]
    raise Unavailable(f"no tool is known for packages of {kind}")


def package(address: str, target: Path) -> None:
    """Download the one file of a package to `target`. Raises Unavailable with the reason that the tool gives."""
    kind, _, name = address.removeprefix(PREFIX).partition("/")
    folder = target.with_name(target.name + ".download")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        command = _command(kind, name)
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        served = [path for path in folder.iterdir() if path.suffix in (".whl", ".deb")]
        if done.returncode or not served:
            reasons = [line for line in done.stderr.splitlines() if line.startswith(("ERROR", "E:"))] or [
                "no file came"
            ]
            raise Unavailable(f"the index's tool says {reasons[-1]}; check name and version, and the network")
        served[0].replace(target)
    except FileNotFoundError as error:
        raise Unavailable(f"{error.filename} is not installed") from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
