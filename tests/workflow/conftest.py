"""One finished toy study for all tests of the workflow, whichever process runs them."""

import fcntl
import os
from pathlib import Path

import pytest

from tests.workflow.toy_study import prepare, snakemake


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Path:
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own  # one folder for all workers of pytest-xdist
    folder, done = shared / "toy", shared / "toy.done"
    with open(shared / "toy.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            snakemake(prepare(folder))
            done.touch()
    return folder
