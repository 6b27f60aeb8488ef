"""How tests run: on one thread each, on examples with a seed, and the longest of them first."""

import os

import pytest
from hypothesis import settings

# Models of tests are so small that more threads only wait for each other. Set before torch and numpy are loaded, and
# also for the commands that tests start.
os.environ["OMP_NUM_THREADS"] = "1"

# Of generated text; `make test-slow` takes the deep profile. No deadline: a machine that is busy is no mistake.
settings.register_profile("fast", max_examples=25, deadline=None, derandomize=True, database=None)
settings.register_profile("deep", max_examples=150, deadline=None, derandomize=True, database=None)
settings.load_profile("fast")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The toy study first: where processes share the tests, what takes longest should not begin last."""
    items.sort(key=lambda item: "tests/workflow/" not in item.nodeid)
