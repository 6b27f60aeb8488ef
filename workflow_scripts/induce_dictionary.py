"""Induce a dictionary from parallel text.

`python -m workflow_scripts.induce_dictionary --study study.json en-es text.parquet en-es.tsv`

IBM Model 1 in both directions, over words in lower case; a word pair's score is the geometric mean of its two lexical
probabilities. Nothing is random, so the same text gives the same dictionary. Lines: word TAB translation TAB score, the
most frequent words first, and the best translations of a word first.
"""

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import numpy as np

from model.command import parser, run
from model.lines import write_lines
from model.segmenters import segmenter
from workflow_scripts.study import Dictionaries, read_study
from workflow_scripts.text import WORD_OF_LETTERS, read_pairs

Entry = tuple[str, str, float]


def induce(pairs: list[tuple[list[str], list[str]]], settings: Dictionaries, top_words: int) -> list[Entry]:
    """(word, translation, score) of the `top_words` most frequent words that have a translation.

    pairs: words of source and target, segment by segment. A word with anything but letters is no entry.
    """
    sources, source_ids = _indexed(source for source, _ in pairs)
    targets, target_ids = _indexed(target for _, target in pairs)
    link_source, link_target, source_position, target_position = _links(source_ids, target_ids)
    cells, cell = np.unique(link_source * len(targets) + link_target, return_inverse=True)
    source, target = cells // len(targets), cells % len(targets)
    forward = lexical_probabilities(cell, source, target_position, settings.iterations)
    backward = lexical_probabilities(cell, target, source_position, settings.iterations)
    score = np.sqrt(forward * backward)
    frequency = np.bincount(np.concatenate(source_ids), minlength=len(sources))
    good = np.flatnonzero((score >= settings.min_score) & (np.bincount(cell) >= settings.min_count))
    found = [
        (sources[source[i]], targets[target[i]], round(float(score[i]), 4))
        for i in sorted(good, key=lambda i: (-frequency[source[i]], sources[source[i]], -score[i], targets[target[i]]))
    ]
    entries = (entry for entry in found if all(map(WORD_OF_LETTERS.fullmatch, entry[:2])))
    words = [list(rows) for _, rows in groupby(entries, lambda entry: entry[0])]
    return [entry for rows in words[:top_words] for entry in rows[: settings.candidates]]


def lexical_probabilities(cell: np.ndarray, given: np.ndarray, position: np.ndarray, iterations: int) -> np.ndarray:
    """p(produced word | given word) of IBM Model 1 for each word pair, by EM (Brown et al. 1993, section 4.1).

    cell [links]: the word pair of each possible link of two words in a segment; position [links]: the token that is
    produced in it, counted through the text; given [word pairs]: the given word of each word pair.
    """
    probability = np.ones(len(given))
    for _ in range(iterations):
        link = probability[cell]
        expected = link / np.bincount(position, link)[position]
        count = np.bincount(cell, expected)
        probability = count / np.bincount(given, count)[given]
    return probability


def _indexed(segments: Iterable[list[str]]) -> tuple[list[str], list[np.ndarray]]:
    """Distinct words, and each segment as indices of them."""
    ids: dict[str, int] = {}
    rows = [np.array([ids.setdefault(word, len(ids)) for word in words], dtype=np.int64) for words in segments]
    return list(ids), rows


def _links(sources: list[np.ndarray], targets: list[np.ndarray]) -> tuple[np.ndarray, ...]:
    """All possible links: source word, target word, source token's number, target token's number, [links] each."""
    parts, first_source, first_target = [], 0, 0
    for source, target in zip(sources, targets, strict=True):
        s, t = (grid.ravel() for grid in np.meshgrid(np.arange(len(source)), np.arange(len(target)), indexing="ij"))
        parts.append((source[s], target[t], s + first_source, t + first_target))
        first_source, first_target = first_source + len(source), first_target + len(target)
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))


def main() -> None:
    """Induce one dictionary."""
    arguments = parser(__doc__)
    arguments.add_argument("--study", required=True)
    arguments.add_argument("direction", help="for instance en-es")
    arguments.add_argument("text", type=Path)
    arguments.add_argument("dictionary", type=Path)
    options = arguments.parse_args()
    study = read_study(options.study)
    source, target = options.direction.split("-")
    split_source, split_target = (segmenter(code, study.segmenters).split for code in (source, target))
    pairs = [
        (split_source(s.lower(), source), split_target(t.lower(), target))
        for s, t in read_pairs(options.text, options.direction)
    ]
    entries = induce(pairs, study.dictionaries, study.substitution.top_words)
    write_lines(options.dictionary, (f"{word}\t{translation}\t{score}" for word, translation, score in entries))
    print(f"{options.direction}: {len(entries):,} entries for {len({e[0] for e in entries}):,} words")


if __name__ == "__main__":
    run(main)
