"""Tests mirror the packages: tests/<package>/<room>/test_<module>.py."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
