"""Benches: speed and memory of this project beside other programs."""

import os

policy = os.environ.get("OMP_WAIT_POLICY")
import model  # noqa: E402, F401

# Other programs are measured as their users run them, without the choice that `model` has just made for its commands.
if policy is None:
    del os.environ["OMP_WAIT_POLICY"]
