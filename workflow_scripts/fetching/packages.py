"""Files of package indexes, fetched by the tool of each index from wherever this machine has it set up.

`pkg:pypi/Django@5.2` is a wheel that pip brings, `pkg:deb/dict-freedict-eng-swh_2022.04.21-1_all.deb` a package of apt.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from model.command import UserError
from workflow_scripts.fetching.connection import Unavailable

PREFIX = "pkg:"
# Wheels of one platform on every machine, so that all users read the same bytes.
PLATFORM = ["--python-version=3.11", "--implementation=cp", "--platform=any", "--platform=manylinux2014_x86_64"]
PIP = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", *PLATFORM]
APT = ["apt-get", "download"]

# How names and versions are written: PEP 508 and 440; Debian policy 5.6.1 and 5.6.12. None begins like an option.
_PYPI = re.compile(r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)@(?P<version>[A-Za-z0-9][A-Za-z0-9.+!_-]*)")
_DEB = re.compile(r"(?P<name>[a-z0-9][a-z0-9+.-]+)_(?P<version>[0-9][A-Za-z0-9.+~:-]*)_[a-z0-9-]+\.deb")


def download_command(address: str) -> list[str]:
    """The command that downloads a package to its working folder. Raises UserError for another form of address."""
    kind, _, name = address.removeprefix(PREFIX).partition("/")
    if kind == "pypi" and (found := _PYPI.fullmatch(name)):
        return [*PIP, "--", "{name}=={version}".format(**found.groupdict())]
    if kind == "deb" and (found := _DEB.fullmatch(name)):
        return [*APT, "--", "{name}={version}".format(**found.groupdict())]
    raise UserError(f"{address!r} is no package; write pkg:pypi/NAME@VERSION or pkg:deb/NAME_VERSION_ARCHITECTURE.deb")


def package(address: str, target: Path) -> None:
    """Download the one file of a package to `target`.

    Raises Unavailable with the reason that the tool gives, and UserError for what is no package.
    """
    command = download_command(address)
    folder = target.with_name(target.name + ".download")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        served = [path for path in folder.iterdir() if path.suffix in (".whl", ".deb")]
        if done.returncode or not served:
            raise Unavailable(_reason(done.stderr))
        served[0].replace(target)
    except FileNotFoundError as error:
        raise Unavailable(f"{error.filename} is not installed") from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _reason(said: str) -> str:
    """Why no file came, by the error output of pip or apt."""
    lines = [line for line in said.splitlines() if line.strip()]
    if lines and lines[-1].endswith("No module named pip"):  # as in an environment of uv
        return f"{sys.executable} has no pip; install it, for instance with uv pip install pip"
    errors = [line for line in lines if line.startswith(("ERROR", "E:"))]
    return f"{(errors or lines or ['no file came'])[-1].strip()}; check name and version, and the network"
