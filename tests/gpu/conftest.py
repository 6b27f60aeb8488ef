"""The device of these tests, which run only where they are asked for."""

import os

import pytest
import torch

from tests.model.toy_run import prepare


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--device", choices=["cuda", "cpu"], default="cuda", help="cpu: rehearse the tests of a GPU")


def pytest_configure(config: pytest.Config) -> None:
    """Hide the GPU in a rehearsal, for commands too, before torch looks for it."""
    if config.getoption("--device", "cuda") == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = ""


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """`make test` takes no time for them."""
    return None if any("gpu" in argument for argument in config.args) else True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(os.path.dirname(__file__)):
            item.add_marker(pytest.mark.gpu)


@pytest.fixture(scope="session")
def device(request) -> torch.device:
    """Where all tests of this folder compute."""
    name = request.config.getoption("--device", "cuda")
    if name == "cuda" and not torch.cuda.is_available():
        pytest.skip("no GPU; --device cpu rehearses this test")
    return torch.device(name)


@pytest.fixture
def run(device, tmp_path):
    """A run on a toy pair, in float32."""
    return prepare(tmp_path)
