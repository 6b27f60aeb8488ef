"""Write the index of all commands: what each does, and which rules run it.

`python -m workflow_scripts.jobs.write_commands docs/commands.md`. A command is a module that `python -m` runs. What it
does is the first sentence of its docstring; which rules run it stands in the rules.
"""

import ast
import re
from pathlib import Path

from model.command import parser, run

ROOT = Path(__file__).parents[2]
HEAD = """\
# Commands

On this page you find each command of the project, what it does, and the rule that runs it. `--help` behind a command
explains its arguments. `snakemake --printshellcmds` prints the commands of a study as the rules run them.

This page is generated: `python -m workflow_scripts.jobs.write_commands docs/commands.md`.
"""
FOLDERS = ("workflow_scripts", "model", "bench")


def summary(docstring: str) -> str:
    """The first sentence of a docstring, without the command that it may end with.

    >>> summary("Fetch a file: `python -m a.fetch FILE`.")
    'Fetch a file.'
    """
    first = docstring.split("\n\n")[0].split("`python -m")[0]
    return " ".join(first.split()).rstrip(" :.") + "."


def rules(text: str) -> dict[str, list[str]]:
    """Module → the rules that run it, in the order of the text of all rule files."""
    called: dict[str, list[str]] = {}  # rule → the modules that it runs
    bases: dict[str, str] = {}  # rule → the rule whose command it uses
    rule = ""
    for line in text.splitlines():
        if head := re.match(r"\s*(?:use rule (\w+) as|rule) (\w+)", line):
            base, rule = head.groups()
            called[rule] = []
            bases |= {rule: base} if base else {}
        elif rule:
            called[rule] += re.findall(r"python -m ([\w.]+)", line)
    found: dict[str, list[str]] = {}
    for rule in called:
        base = rule
        while base in bases:
            base = bases[base]
        for module in called[base]:
            found.setdefault(module, []).append(rule)
    return found


def commands(folder: str) -> dict[str, str]:
    """Module → the first sentence of its docstring, of all commands of a package."""
    found = {}
    for path in sorted((ROOT / folder).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if '\nif __name__ == "__main__":' in text:
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            found[module] = summary(ast.get_docstring(ast.parse(text)) or "")
    return found


def page() -> str:
    """docs/commands.md."""
    run_by = rules("\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "rules").glob("*.smk"))))
    lines = [HEAD]
    for folder in FOLDERS:
        lines += [f"## {folder}", "", "| command | rules | what it does |", "|:--|:--|:--|"]
        for module, what in commands(folder).items():
            by = ", ".join(f"`{rule}`" for rule in run_by.get(module, [])) or "by hand"
            lines.append(f"| `{module}` | {by} | {what} |")
        lines.append("")
    return "\n".join(lines)


def main() -> None:
    """Write the page."""
    arguments = parser(__doc__)
    arguments.add_argument("page", type=Path)
    arguments.parse_args().page.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    run(main)
