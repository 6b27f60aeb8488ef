"""Over-sampling by weights: how often each line of a text counts when subwords are learned.

A language with n lines must reach a target number of lines. All its lines count ⌊target / n⌋ times. The lines that are
still missing are drawn without replacement and count once more. mRASP's code does the same by copying files and `shuf`.
The share of a text follows from the numbers of rows of all texts, so texts can be counted in parallel.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from workflow_scripts.draws import stream, uniform

TOO_MANY = 10**9  # rows: from here on numpy draws no hypergeometric numbers


@dataclass(frozen=True)
class Share:
    """The part that one text has in the lines of a language."""

    rows: int
    taken: int  # rows that count, drawn from all rows
    copies: int = 1  # how often each taken row counts
    extra: int = 0  # taken rows that count once more, drawn from these


def target_lines(lines: Mapping[str, int], temperature: float | None) -> dict[str, int]:
    """Language → its target number of lines: that of the largest language, or in proportion to n^(1/temperature).

    With a temperature, the largest language keeps its number of lines; with 1, all languages do.
    """
    largest = max(lines.values(), default=0)
    if temperature is None:
        return dict.fromkeys(lines, largest)
    shares = {code: count / largest if largest else 0.0 for code, count in lines.items()}
    # Rounded first, because a whole number may come out slightly too small.
    return {code: math.floor(round(largest * share ** (1 / temperature), 6)) for code, share in shares.items()}


def shares(
    rows: Mapping[str, int], monolingual: int, temperature: float | None, seed: int
) -> dict[tuple[str, str], Share]:
    """(text, language) → its share.

    rows: pair, or language of a monolingual text → rows of the text. monolingual: most rows to take of the latter.
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
    """How many rows of each text are among `count` rows drawn from all texts without replacement."""
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
    # Nearly the same: of so many rows, few would be drawn twice.
    drawn = int(random.binomial(rows, count / (rows + others)))
    return min(max(drawn, count - others), count)


class Draw:
    """Draw `count` of `rows` rows without replacement in one pass. All sets of rows are equally likely."""

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
    """How often each row of a text counts, in one pass over the rows. names: key of its random numbers."""

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
