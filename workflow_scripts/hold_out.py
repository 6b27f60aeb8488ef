"""Hold test and dev sets out of the cleaned text of all pairs.

`python -m workflow_scripts.hold_out --study study.json cleaned/ testsets/`

A deterministic hash of the normalised English side decides: for each pair, the segments with the smallest hashes are
its test set, the next ones its dev set. All pairs rank by the same hash, so their sets overlap as far as their text
does. A test set is a folder with a file a language, line n of each the translation of line n of the others; a line is
empty where a language lacks that segment.
"""

import hashlib
from pathlib import Path

from model.command import UserError, parser, run
from model.lines import write_lines
from workflow_scripts.plan import all_pairs
from workflow_scripts.study import HeldOut, Study, read_study
from workflow_scripts.text import matching_key, read_pairs


def rank(key: str, seed: int) -> bytes:
    """The hash that segments are held out by."""
    return hashlib.sha256(f"{seed}:{key}".encode()).digest()


def pivot(pair: str) -> str:
    """The language whose side is hashed: English where the pair has it."""
    return "en" if "en" in pair.split("-") else pair.split("-")[0]


def hold_out(texts: dict[str, list[tuple[str, str]]], study: Study) -> dict[str, dict[str, list[str]]]:
    """Test sets from the cleaned text of all pairs: name → language → lines.

    texts: pair → (pivot side, other side) rows. Raises UserError where a pair has too few segments left.
    """
    taken: set[str] = set()
    testsets = {}
    for name, settings in study.testsets.items():
        chosen: set[tuple[str, str]] = set()  # (pivot language, segment)
        for pair, rows in texts.items():
            segments = _choose(rows, settings, taken, study.seed, f"testsets.{name}: {pair}")
            chosen |= {(pivot(pair), segment) for segment in segments}
        testsets[name] = _lines(chosen, texts)
        taken |= {matching_key(segment) for _, segment in chosen}
    return testsets


def _choose(rows: list[tuple[str, str]], settings: HeldOut, taken: set[str], seed: int, where: str) -> list[str]:
    """The segments of one pair with the smallest hashes, one a normalised form."""
    candidates: dict[str, str] = {}
    for segment, _ in sorted(rows):
        key = matching_key(segment)
        if key and key not in taken and len(segment.split()) >= settings.min_words:
            candidates.setdefault(key, segment)
    if len(candidates) < settings.segments:
        raise UserError(
            f"{where} has {len(candidates)} segments of at least {settings.min_words} words, {settings.segments} are "
            "wanted; lower segments or min_words, or loosen the filters"
        )
    ranked = sorted(candidates, key=lambda key: rank(key, seed))
    return [candidates[key] for key in ranked[: settings.segments]]


def _lines(chosen: set[tuple[str, str]], texts: dict[str, list[tuple[str, str]]]) -> dict[str, list[str]]:
    """The chosen segments with their translations in all pairs of the same pivot: language → lines."""
    translations: dict[str, dict[tuple[str, str], str]] = {}
    for pair, rows in texts.items():
        source = pivot(pair)
        (other,) = set(pair.split("-")) - {source}
        for segment, translation in rows:
            if (source, segment) in chosen:
                translations.setdefault(source, {})[source, segment] = segment
                translations.setdefault(other, {}).setdefault((source, segment), translation)
    order = sorted(chosen)
    return {language: [found.get(key, "") for key in order] for language, found in sorted(translations.items())}


def main() -> None:
    """Hold out all test sets of a study."""
    arguments = parser(__doc__)
    arguments.add_argument("--study", required=True)
    arguments.add_argument("cleaned", type=Path, help="folder with {pair}.parquet")
    arguments.add_argument("testsets", type=Path)
    options = arguments.parse_args()
    study = read_study(options.study)
    texts = {}
    for pair in all_pairs(study):
        first, second = pair.split("-")
        direction = pair if pivot(pair) == first else f"{second}-{first}"
        texts[pair] = read_pairs(options.cleaned / f"{pair}.parquet", direction)
    for name, files in hold_out(texts, study).items():
        for language, lines in files.items():
            write_lines(options.testsets / name / f"{language}.txt", lines)
            print(f"{name}: {language}: {sum(map(bool, lines)):,} segments")


if __name__ == "__main__":
    run(main)
