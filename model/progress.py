"""Progress of long steps: a bar on a terminal, a line a while in a log."""

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

from tqdm import tqdm

Item = TypeVar("Item")
SECONDS_BETWEEN_LOG_LINES = 15.0


class _Lines:
    """A stream that ends each of tqdm's updates with a line break instead of overwriting the last one."""

    def write(self, text: str) -> None:
        text = text.strip("\r\n ")
        if text:
            sys.stderr.write(text + "\n")

    def flush(self) -> None:
        sys.stderr.flush()


def bar(total: int, label: str, unit: str, initial: int = 0, hidden: bool = False) -> tqdm:
    """A tqdm bar of `total` units; in a log it writes at most a line every 15 seconds, and `hidden` nothing."""
    terminal = sys.stderr.isatty()
    return tqdm(
        total=total,
        initial=initial,
        disable=hidden,
        desc=label,
        unit=f" {unit}",
        unit_scale=total >= 1000,
        file=sys.stderr if terminal else _Lines(),  # type: ignore[arg-type]
        mininterval=0.2 if terminal else SECONDS_BETWEEN_LOG_LINES,
        dynamic_ncols=terminal,
        bar_format=None
        if terminal
        else "{desc}: {n_fmt}/{total_fmt}{unit} in {elapsed}, {remaining} left, {rate_fmt}{postfix}",
    )


def track(items: Iterable[Item], total: int, label: str, unit: str) -> Iterator[Item]:
    """Yield the items of an iterable of known length while showing progress."""
    with bar(total, label, unit) as shown:
        for item in items:
            yield item
            shown.update()
