"""The segments of test and dev sets, to find them in text."""

from functools import cache
from pathlib import Path

from model.text.lines import read_lines
from workflow_scripts.text.files import files_of_testsets
from workflow_scripts.text.matching import matching_keys

HELD_OUT = "in_a_test_or_dev_set"


@cache
def held_out_keys(testsets: tuple[Path, ...]) -> set[str]:
    """The matching keys of all segments in the folders of test and dev sets."""
    keys = (matching_keys(read_lines(path)) for path in files_of_testsets(testsets))
    return {key for found in keys for key in found if key}
