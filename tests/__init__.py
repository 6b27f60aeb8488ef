"""Tests mirror the packages: tests/<package>/<room>/test_<module>.py. tests/papers reads the papers independently."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
