"""Finished studies for all tests of the workflow, whichever process runs them."""

import fcntl
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workflow.everything import Job, take_as_finished
from tests.workflow.toy_study import prepare, snakemake


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that the first process of pytest that asks for it makes."""
    own = factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own  # one folder for all workers of pytest-xdist
    folder, done = shared / name, shared / f"{name}.done"
    with open(shared / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            make(folder)
            done.touch()
    return folder


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Path:
    """The toy study."""
    return made_once(tmp_path_factory, "toy", lambda folder: snakemake(prepare(folder)))


@pytest.fixture(scope="session")
def taken_as_finished(tmp_path_factory) -> tuple[Path, list[Job]]:
    """A study with a job of every rule and with empty results, which Snakemake takes as finished; and its jobs."""
    folder = made_once(tmp_path_factory, "everything", take_as_finished)
    return folder, [Job(*job) for job in pickle.loads((folder / "jobs").read_bytes())]
