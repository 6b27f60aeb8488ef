"""Text files with one segment a line, and the normal form of a segment.

Only line feeds end a line. U+2028, NEL and similar characters are part of a segment, and `normalised` replaces them by
spaces.
"""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from model.command import UserError
from model.text.entities import decoded
from model.text.invisible import RUN, without_invisible
from model.writing import whole_file

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def normalised(line: str) -> str:
    """The normal form of a line, which is its own normal form.

    Unicode NFC; entities decoded (entities.py); invisible characters only where they mean something (invisible.py);
    control characters, lone surrogates and runs of any spaces as one space. No letter is replaced by a similar one.
    """
    while True:
        before, hidden = line, not line.isascii() and RUN.search(line) is not None
        if "&" in line:
            line = decoded(line)
        if hidden:
            line = without_invisible(line)
        if not line.isascii():
            line = unicodedata.normalize("NFC", line)
        if not line.isprintable():
            line = _CONTROL.sub(" ", line)
        line = " ".join(line.split())
        # What is dropped or decoded may form an entity, or bring marks together: then another pass is due.
        if line == before or not (hidden or "&" in before):
            return line


def read_lines(path: str | Path) -> list[str]:
    """The lines of a file in UTF-8. Raises UserError with the line number for other bytes."""
    data = Path(path).read_bytes().removeprefix(b"\xef\xbb\xbf")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        raise UserError(f"{path}: line {number} is not UTF-8; convert the file, for instance with iconv") from None
    return text.removesuffix("\n").split("\n") if text else []


def write_lines(path: str | Path, lines: Iterable[str]) -> None:
    """Write lines to a file, completely or not at all."""
    with whole_file(path) as part, open(part, "w", encoding="utf-8", newline="\n") as file:
        file.writelines(line + "\n" for line in lines)
