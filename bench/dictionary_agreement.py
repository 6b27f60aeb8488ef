"""How well induced dictionaries agree with a human-made one:

`python -m bench.dictionary_agreement de-en.txt.zip en-de muse/dictionaries/en-de.txt --eflomal …/bin/eflomal-align`

The text is a zip file of OPUS with one file for each language. The other dictionary has a word and a translation on
each line. For each minimum score this prints:
- how many words have an entry, and how many of these are in the other dictionary;
- of the words in both, the fraction whose best translation is in the other dictionary, and the mean fraction of all
  their translations (substitution draws one of them at random);
- the fraction of the running words of the text that all entries cover, and that the 1,000 most frequent cover.
The agreement is a lower bound: the other dictionary lacks technical terms, and has few inflected forms.

`--eflomal` aligns the same text with that program (Östling and Tiedemann 2016). Its entries are the word pairs in the
intersection of both directions, with the score of induced entries: the geometric mean of both relative frequencies.
"""

import subprocess
import tempfile
import time
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from model.command import parser, run
from model.text.lines import normalised, read_lines
from model.text.segmenters import segmenter
from workflow_scripts.dictionaries.induce_dictionary import Entry, induce
from workflow_scripts.settings.dictionaries import Inducing
from workflow_scripts.study.preparation import Dictionaries
from workflow_scripts.text.matching import WORD_OF_LETTERS

SCORES = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5)
CHOSEN = Dictionaries()
SETTINGS = Inducing(
    candidates=1_000_000,
    min_count=CHOSEN.min_count,
    min_score=min(SCORES),
    iterations=CHOSEN.iterations,
    top_words=1_000_000,
    segmenters={},
)
TOP_WORDS = 1000
Segments = list[tuple[list[str], list[str]]]


def read_segments(archive: Path, direction: str) -> Segments:
    """The words of each pair of segments, in lower case, each pair once."""
    sides = []
    with zipfile.ZipFile(archive) as file:
        for code in direction.split("-"):
            (member,) = (name for name in file.namelist() if name.endswith(f".{code}"))
            sides.append(file.read(member).decode("utf-8").removesuffix("\n").split("\n"))
    pairs = dict.fromkeys(tuple(map(normalised, pair)) for pair in zip(*sides, strict=True))
    splits = [(segmenter(code, {}).split, code) for code in direction.split("-")]
    rows = [[split(line.lower(), code) for line, (split, code) in zip(pair, splits, strict=True)] for pair in pairs]
    return [(source, target) for source, target in rows if source and target]


def read_words(path: Path) -> dict[str, set[str]]:
    """Word → translations of a dictionary with two columns."""
    known = defaultdict(set)
    for line in read_lines(path):
        word, translation = line.split()
        known[word].add(translation)
    return known


def aligned(segments: Segments, program: str) -> Iterator[Entry]:
    """(word, translation, score) from the alignments of eflomal, in the order of induced entries."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in ("source", "target", "forward", "reverse")]
        for file, side in zip(files, zip(*segments, strict=True), strict=False):
            file.write_text("".join(f"{' '.join(words)}\n" for words in side), encoding="utf-8")
        options = zip(("-s", "-t", "-f", "-r"), map(str, files), strict=True)
        subprocess.run(
            [program, "--model", "3", *(o for pair in options for o in pair)], check=True, capture_output=True
        )
        links = [set(a.split()) & set(b.split()) for a, b in zip(*map(read_lines, files[2:]), strict=True)]
    counts: Counter[tuple[str, str]] = Counter()
    for (source, target), row in zip(segments, links, strict=True):
        places = (link.split("-") for link in row)
        counts.update((source[int(i)], target[int(j)]) for i, j in places)
    of_source: Counter[str] = Counter()
    of_target: Counter[str] = Counter()
    for (s, t), count in counts.items():
        of_source[s] += count
        of_target[t] += count
    frequency = Counter(word for source, _ in segments for word in source)
    entries = [
        (s, t, count / (of_source[s] * of_target[t]) ** 0.5)
        for (s, t), count in counts.items()
        if count >= SETTINGS.min_count and all(map(WORD_OF_LETTERS.fullmatch, (s, t)))
    ]
    yield from sorted(entries, key=lambda entry: (-frequency[entry[0]], entry[0], -entry[2], entry[1]))


def table(name: str, entries: Iterable[Entry], known: dict[str, set[str]], running: Counter[str]) -> None:
    """Print one line for each minimum score."""
    words = [(word, list(rows)) for word, rows in groupby(entries, key=lambda entry: entry[0])]
    for least in SCORES:
        good = {word: [t for _, t, score in rows if score >= least][: CHOSEN.candidates] for word, rows in words}
        good = {word: translations for word, translations in good.items() if translations}
        both = [word for word in good if word in known]
        first = sum(good[word][0] in known[word] for word in both) / max(len(both), 1)
        drawn = sum(sum(t in known[word] for t in good[word]) / len(good[word]) for word in both) / max(len(both), 1)
        covered = [running[word] / running.total() for word in good]
        print(
            f"{name:8} score {least:4}: {len(good):6,} words, {len(both):6,} in both; best translation {first:.3f}, "
            f"drawn {drawn:.3f}; running words {sum(covered):.3f}, by {TOP_WORDS:,} {sum(covered[:TOP_WORDS]):.3f}"
        )


def main() -> None:
    """Induce, compare, print."""
    arguments = parser(__doc__)
    arguments.add_argument("text", type=Path, help="zip of OPUS in Moses form")
    arguments.add_argument("direction", help="for instance en-de")
    arguments.add_argument("dictionary", type=Path)
    arguments.add_argument("--eflomal", help="the program eflomal-align, to compare with")
    options = arguments.parse_args()
    segments, known = read_segments(options.text, options.direction), read_words(options.dictionary)
    running = Counter(word for source, _ in segments for word in source if WORD_OF_LETTERS.fullmatch(word))
    start = time.perf_counter()
    entries = induce(segments, SETTINGS)
    print(f"{len(segments):,} segments; induced in {time.perf_counter() - start:.1f} s")
    table("Model 1", entries, known, running)
    if options.eflomal:
        start = time.perf_counter()
        entries = list(aligned(segments, options.eflomal))
        print(f"aligned in {time.perf_counter() - start:.1f} s")
        table("eflomal", entries, known, running)


if __name__ == "__main__":
    run(main)
