"""Print the packages of requirements.lock that the benches and tests of a GPU need and that are missing here:

`python -m bench.packages`. It needs none of them itself. Where torch is missing it says so and fails.
"""

import re
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

NEEDED = (
    "numpy", "psutil", "pyarrow", "pydantic", "regex", "safetensors", "tqdm", "xxhash", "langcodes",
    "pytest", "hypothesis",
)  # fmt: skip
PEER = "transformers"  # not in requirements.lock, because only benches use it
LOCK = Path(__file__).parents[1] / "requirements.lock"


def is_installed(name: str) -> bool:
    """Whether a package is here, in whatever version."""
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def missing(lock: str) -> list[str]:
    """The packages to install, with their versions of the lock."""
    versions = dict(re.findall(r"^([\w.-]+)(==\S+)", lock, re.M))
    return [name + versions.get(name, "") for name in (*NEEDED, PEER) if not is_installed(name)]


if __name__ == "__main__":
    if not is_installed("torch"):
        sys.exit("torch is missing; install a build of it for this GPU")
    print(*missing(LOCK.read_text()))
