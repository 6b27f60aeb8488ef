"""Torch works on one thread: models of tests are so small that more threads only wait for each other."""

import os

import torch
from hypothesis import settings

torch.set_num_threads(1)
# `make test-slow` takes the deep profile. Examples have a seed; a slow machine is no mistake.
settings.register_profile("fast", max_examples=25, deadline=None, derandomize=True, database=None)
settings.register_profile("deep", max_examples=150, deadline=None, derandomize=True, database=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))


def pytest_collection_modifyitems(items: list) -> None:
    """The toy study first: where processes share the tests, what takes longest is not to begin last."""
    items.sort(key=lambda item: "tests/workflow/" not in item.nodeid)
