"""Text files of one segment a line. Only line feeds end a line: U+2028, NEL and their like stay inside a segment."""

from collections.abc import Iterable
from pathlib import Path


def read_lines(path: str | Path) -> list[str]:
    """The lines of a file in UTF-8."""
    with open(path, encoding="utf-8", newline="\n") as file:
        text = file.read()
    return text.removesuffix("\n").split("\n") if text else []


def write_lines(path: str | Path, lines: Iterable[str]) -> None:
    """Write lines under a temporary name, then give the file its own."""
    part = Path(f"{path}.part")
    part.parent.mkdir(parents=True, exist_ok=True)
    with open(part, "w", encoding="utf-8", newline="\n") as file:
        file.writelines(line + "\n" for line in lines)
    part.replace(path)
