"""The rows of CSV. A field in quotes may have line ends, and a quote that is never closed must not take them all."""

import csv
from collections import deque
from collections.abc import Callable, Iterator

from workflow_scripts.drops import Drops

LONGEST_ROW = 100  # lines of a row
A_TABLE = 3  # as many whole lines in quotes, each with the columns of a row, are rows after a stray quote

Line = tuple[int, str]  # its number in the file, and its text without line feed


def csv_rows(lines: Iterator[Line], separator: str, drops: Drops) -> Iterator[list[str]]:
    """The fields of each row.

    Only one line is dropped where a quote is not closed within LONGEST_ROW lines, or not as CSV closes it. Reading goes
    on with the line after it.
    """
    ahead: deque[Line] = deque()  # lines that were read, but are no part of the row before them
    width = 0

    def take() -> Line | None:
        return ahead.popleft() if ahead else next(lines, None)

    while line := take():
        taken = [line]
        row = _row_of_one(line[1], separator)
        if row is None:
            row = _row_of_several(taken, take, separator, width)
        if row is None:
            ahead.extendleft(reversed(taken[1:]))
            drops.add("stray_quote", f"line {line[0]:,}: {line[1]}")
        else:
            width = width or len(row)
            yield row


def _row_of_one(line: str, separator: str) -> list[str] | None:
    """The fields of a line, or None if it ends inside quotes."""
    if '"' not in line:
        return line.removesuffix("\r").split(separator) if line else []
    try:
        rows = list(csv.reader([f"{line}\n", "\n"], delimiter=separator))  # a second, empty row if the first is closed
    except csv.Error:
        return None
    return rows[0] if len(rows) > 1 else None


def _row_of_several(taken: list[Line], take: Callable[[], Line | None], separator: str, width: int) -> list[str] | None:
    """The fields of a row that begins with the line `taken`, to which its other lines are added, or None.

    width: columns of the first row.
    """

    def lines() -> Iterator[str]:
        yield f"{taken[0][1]}\n"
        while len(taken) < LONGEST_ROW and (line := take()):
            taken.append(line)
            yield f"{line[1]}\n"

    try:
        row = next(csv.reader(lines(), delimiter=separator, strict=True))
    except csv.Error:
        return None
    inside = [line.split(separator) for _, line in taken[1:-1]]
    is_a_table = len(inside) >= A_TABLE and all(len(fields) == width for fields in inside)
    return None if is_a_table else row
