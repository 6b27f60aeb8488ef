"""The shell commands of the rules: each value in them is quoted."""

import re
from collections.abc import Iterator

import pytest

from tests import ROOT

RULES = sorted(ROOT.glob("rules/*.smk"))
UNQUOTED = {"{threads}"}  # a number of Snakemake's own


def commands(text: str) -> Iterator[str]:
    """The strings below each `shell:`, without the indent."""
    for block in re.finditer(r"^( *)shell:\n((?:\1 +.*\n)+)", text, re.M):
        yield block[2]


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_every_value_in_a_shell_command_is_quoted(path):
    """Values come from a study, from names of files or from the environment, and may hold `$(…)`, `;` or blanks."""
    text = path.read_text()
    assert len(list(commands(text))) == len(re.findall(r"^ *shell:", text, re.M))
    for command in commands(text):
        for line in command.splitlines():
            assert re.fullmatch(r' *"[^"]*"', line), f"{path.name}: no plain string: {line}"
        for value in re.findall(r"{[^}]*}", command):
            assert value.endswith(":q}") or value in UNQUOTED, f"{path.name}: {value} is not quoted"


def test_nothing_but_shell_commands_is_run():
    """`run`, `script`, `notebook` and `shell(…)` would get values in other ways."""
    assert len(RULES) > 10
    for path in [*RULES, ROOT / "Snakefile"]:
        assert not re.search(
            r"^ *(run|script|notebook|wrapper):|\bshell\(|\bos\.system|subprocess", path.read_text(), re.M
        )
