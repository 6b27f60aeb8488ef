"""One finished toy study for all tests of the workflow; who changes its results works on a copy."""

from pathlib import Path

import pytest

from tests.workflow.toy_study import prepare, snakemake


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Path:
    folder = prepare(tmp_path_factory.mktemp("toy"))
    snakemake(folder)
    return folder
