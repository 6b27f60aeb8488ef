"""Choose test and dev sets by hash from the cleaned text of all pairs.

`python -m workflow_scripts.corpora.hold_out --settings s.json cleaned/ testsets/ --named testsets/flores`

A hash of the normalised English side decides. For each pair, the segments with the smallest hashes are its test set,
and the next ones its dev set. All pairs use the same hash, so pairs that share text also share test segments. No
segment stands in two sets, nor in a set that a dataset is (`--named`), on either side. A test set is a folder with a
file for each language. Line n of each file is the translation of line n of the others, and empty if the language lacks
the segment.
"""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from model.command import UserError, parser, run
from workflow_scripts.parallel import in_order
from workflow_scripts.settings.corpora import HoldingOut
from workflow_scripts.settings.record import read_settings
from workflow_scripts.study.preparation import HeldOut
from workflow_scripts.text.files import ROWS, Pairs, write_testset
from workflow_scripts.text.held_out import held_out_keys, keys_of
from workflow_scripts.text.matching import matching_key, matching_keys, rank
from workflow_scripts.text.ngrams import words

Rows = Iterable[tuple[str, str]]  # (pivot side, other side); read several times


def pivot(pair: str) -> str:
    """The language whose side is hashed: English if the pair has it, else the first."""
    return "en" if "en" in pair.split("-") else pair.split("-")[0]


class Choice(NamedTuple):
    """Everything that the choice of the segments of one pair for one set depends on."""

    rows: Rows
    settings: HeldOut
    taken: frozenset[str]  # matching keys of segments in earlier sets
    seed: int
    where: str


def hold_out(
    texts: Mapping[str, Rows], settings: HoldingOut, threads: int = 1, taken: frozenset[str] = frozenset()
) -> dict[str, dict[str, list[str]]]:
    """Test sets from the cleaned text of all pairs: name → language → lines.

    texts: pair → its rows; taken: matching keys of segments in other sets. Raises UserError for a pair with too few
    segments.
    """
    testsets = {}
    for name, wanted in settings.testsets.items():
        jobs = (Choice(rows, wanted, taken, settings.seed, f"testsets.{name}: {pair}") for pair, rows in texts.items())
        found = zip(texts, in_order(choose, jobs, threads, alone=0), strict=True)
        chosen = {(pivot(pair), segment) for pair, segments in found for segment in segments}
        testsets[name] = _lines(chosen, texts, taken)
        taken |= keys_of(testsets[name])
    return testsets


def choose(choice: Choice) -> list[str]:
    """The segments of one pair with the smallest hashes, one for each matching key. Few others are kept in memory."""
    settings, largest = choice.settings, b"\xff" * 32
    found: dict[str, tuple[bytes, str]] = {}  # matching key → its hash, and the smallest segment that has it
    for rows in _batches(iter(choice.rows)):
        for key, (segment, other) in zip(matching_keys([segment for segment, _ in rows]), rows, strict=True):
            hashed = rank(key, choice.seed)
            if hashed > largest or not key or key in choice.taken or len(words(segment)) < settings.min_words:
                continue
            if choice.taken and matching_key(other) in choice.taken:
                continue
            found[key] = min(found.get(key, (hashed, segment)), (hashed, segment))
        if len(found) > settings.segments:
            found = dict(heapq.nsmallest(settings.segments, found.items(), key=lambda item: item[1]))
            largest = max(found.values())[0]
    if len(found) < settings.segments:
        raise UserError(
            f"{choice.where} has {len(found)} segments of at least {settings.min_words} words that no other set took, "
            f"{settings.segments} are wanted; lower segments or min_words, or loosen the filters"
        )
    return [segment for _, segment in found.values()]


def _batches(rows: Iterator[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    while batch := list(islice(rows, ROWS)):
        yield batch


def _lines(chosen: set[tuple[str, str]], texts: Mapping[str, Rows], taken: frozenset[str]) -> dict[str, list[str]]:
    """The chosen segments with their translations in all pairs of the same pivot: language → lines.

    taken: matching keys of segments in other sets, which no translation may have.
    """
    translations: dict[str, dict[tuple[str, str], str]] = {}
    for pair, rows in texts.items():
        source = pivot(pair)
        (other,) = set(pair.split("-")) - {source}
        for segment, translation in rows:
            if (source, segment) in chosen and not (taken and matching_key(translation) in taken):
                translations.setdefault(source, {})[source, segment] = segment
                translations.setdefault(other, {}).setdefault((source, segment), translation)
    order = sorted(chosen)
    return {language: [found.get(key, "") for key in order] for language, found in sorted(translations.items())}


def main() -> None:
    """Hold out all test sets of a study."""
    arguments = parser(__doc__)
    arguments.add_argument("--settings", required=True)
    arguments.add_argument("--threads", type=int, default=1)
    arguments.add_argument("--named", type=Path, nargs="*", default=[], help="folders of the sets that are datasets")
    arguments.add_argument("cleaned", type=Path, help="folder with {pair}.parquet")
    arguments.add_argument("testsets", type=Path)
    options = arguments.parse_args()
    settings = read_settings(HoldingOut, options.settings)
    texts = {}
    for pair in settings.pairs:
        first, second = pair.split("-")
        direction = pair if pivot(pair) == first else f"{second}-{first}"
        texts[pair] = Pairs(options.cleaned / f"{pair}.parquet", direction)
    taken = frozenset(held_out_keys(tuple(options.named)))
    for name, lines in hold_out(texts, settings, options.threads, taken).items():
        write_testset(options.testsets / name, lines)


if __name__ == "__main__":
    run(main)
