"""Over-sampling by arithmetic: how often each line of a text counts where subwords are learned.

With n lines of its own a language has to reach a number of them: all its lines count ⌊target / n⌋ times, and as many as
are still missing, drawn without replacement, once more. That is what mRASP's code does by copying files and `shuf`. The
numbers of rows of all texts are enough for one text to know its share, so that texts can be counted side by side.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from workflow_scripts.draws import stream, uniform

TOO_MANY = 10**9  # rows, from which numpy draws no hypergeometric number


@dataclass(frozen=True)
class Share:
    """The part that one text has in the lines of a language."""

    rows: int
    taken: int  # of the rows, drawn; the others count for nothing
    copies: int = 1  # how often each that is taken counts
    extra: int = 0  # of those that are taken, drawn, to count once more


def target_lines(lines: Mapping[str, int], temperature: float | None) -> dict[str, int]:
    """Language → lines it has to reach: as many as the largest has, or in proportion to n^(1/temperature).

    At a temperature the largest keeps its own, and 1 leaves all as they are.
    """
    largest = max(lines.values(), default=0)
    if temperature is None:
        return dict.fromkeys(lines, largest)
    shares = {code: count / largest if largest else 0.0 for code, count in lines.items()}
    # Rounded first, for what should be a whole number may come out a little below it.
    return {code: math.floor(round(largest * share ** (1 / temperature), 6)) for code, share in shares.items()}


def shares(
    rows: Mapping[str, int], monolingual: int, temperature: float | None, seed: int
) -> dict[tuple[str, str], Share]:
    """(text, language) → its share.

    rows: pair, or language of a monolingual text → rows of its text. monolingual: how many of the latter may join.
    """
    taken = {text: count if "-" in text else min(count, monolingual) for text, count in rows.items()}
    texts: dict[str, list[str]] = {}
    for text in rows:
        for language in text.split("-"):
            texts.setdefault(language, []).append(text)
    lines = {language: sum(taken[text] for text in held) for language, held in texts.items()}
    found = {}
    for language, target in target_lines(lines, temperature).items():
        copies, extra = divmod(target, max(lines[language], 1))
        held = texts[language]
        parts = allotted(extra, [taken[text] for text in held], stream(seed, language, "extra lines"))
        for text, part in zip(held, parts, strict=True):
            found[text, language] = Share(rows[text], taken[text], copies, part)
    return found


def allotted(count: int, sizes: Sequence[int], key: np.uint64) -> list[int]:
    """How many rows of each text are among `count`, drawn from all of them without replacement."""
    random, others = np.random.default_rng(int(key)), sum(sizes)
    parts: list[int] = []
    for size in sizes:
        others -= size
        parts.append(_among(size, others, count - sum(parts), random))
    return parts


def _among(rows: int, others: int, count: int, random: np.random.Generator) -> int:
    """How many of `count` rows, drawn from `rows` and `others` without replacement, are among the former."""
    if max(rows, others) < TOO_MANY:
        return int(random.hypergeometric(rows, others, count))
    # Hardly another number: of so many rows, few would be drawn twice.
    drawn = int(random.binomial(rows, count / (rows + others)))
    return min(max(drawn, count - others), count)


class Draw:
    """`count` of `rows` rows, drawn without replacement while all of them pass by: each set of them is as likely."""

    def __init__(self, count: int, rows: int, key: np.uint64):
        self._count, self._rows, self._key = count, rows, key
        self._first, self._random = 0, np.random.default_rng(int(key))

    def next(self, rows: int) -> np.ndarray:
        """Whether each of the next rows is drawn [rows]."""
        count = _among(rows, self._rows - rows, self._count, self._random)
        drawn = np.full(rows, count == rows)
        if 0 < count < rows:
            order = uniform(self._key, np.arange(self._first, self._first + rows)).argsort(kind="stable")
            drawn[order[:count]] = True
        self._first, self._rows, self._count = self._first + rows, self._rows - rows, self._count - count
        return drawn


class Weights:
    """How often the rows of a text count, by its share, while they pass by. names: what its draws depend on."""

    def __init__(self, share: Share, *names: str | int):
        self._copies = share.copies
        self._taken = Draw(share.taken, share.rows, stream(*names, "taken"))
        self._extra = Draw(share.extra, share.taken, stream(*names, "extra"))

    def next(self, rows: int) -> np.ndarray:
        """The weights of the next rows [rows] int64."""
        weights = self._taken.next(rows).astype(np.int64)
        taken = np.flatnonzero(weights)
        weights[taken] = self._copies + self._extra.next(len(taken))
        return weights
