"""How fast text is cleaned, and in how much memory: `python -m bench.clean --pairs 1000000 --threads 1 2`.

Runs the cleaning of a study on made-up pairs, or on those of a Parquet file (`--text a.parquet en-gl`), repeated with
changes until there are `--pairs`. Each run is a process of its own. Its processor time and that of its children is
counted, and the memory of them all (PSS, so shared pages count once) is sampled twice a second. The last line of the
table is the same work with one Python call for each line and filter, on part of the pairs.
"""

import multiprocessing
import random
import re
import tempfile
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench.process import measure_call
from model.command import parser, run
from model.text.lines import normalised
from model.text.segmenters import MARKUP, PLACEHOLDER
from workflow_scripts.corpora.clean import Text, clean
from workflow_scripts.filters import DEFAULT
from workflow_scripts.text.files import lines_of, write_batches

BLOCK, BATCH = 100_000, 50_000
PEER_PAIRS = 200_000
ALPHABETS = "etaoinshrdlucmfwypvbgkjqxz", "eaosrnidlctumpñbgvqhfzjxáéíóúç"


def made_up(count: int, seed: int = 1) -> list[tuple[str, str]]:
    """Pairs of about 20 words a side, some with placeholders, entities or stray spaces, some bad, some twice."""
    chance = random.Random(seed)
    words = [
        ["".join(chance.choices(a, k=max(1, round(chance.gauss(5, 2.5))))) for _ in range(20_000)] for a in ALPHABETS
    ]
    dirt = ["&amp;", "%d", "{name}", "https://example.org/a/b", " 1\u00a0000", "  ", "50%", "<b>x</b>", "e\u0301", "…"]
    pairs: list[tuple[str, str]] = []
    for _ in range(count):
        length = max(1, round(chance.lognormvariate(2.8, 0.6)))
        first, second = (" ".join(chance.choices(w, k=max(1, length + chance.randint(-2, 2)))) for w in words)
        if chance.random() < 0.15:
            first += (extra := " " + chance.choice(dirt))
            second += extra
        bad = chance.random()
        if bad < 0.03:
            second = ["", first, "*** *** ***", second * 8][int(bad * 100 + 0.99) % 4]
        pairs.append(chance.choice(pairs) if bad > 0.95 and pairs else (first, second))
    return pairs


def block(source: list[str] | None, count: int = BLOCK) -> pa.RecordBatch:
    """The pairs to repeat."""
    if source:
        path, pair = source
        return next(pq.ParquetFile(path).iter_batches(count, columns=pair.split("-"))).rename_columns(
            ["first", "second"]
        )
    columns = zip(*made_up(count), strict=True)
    return pa.record_batch([pa.array(column, pa.string()) for column in columns], ["first", "second"])


def repeated(rows: pa.RecordBatch, count: int) -> Iterator[pa.RecordBatch]:
    """`count` pairs: the block again and again, each time with another number at the end of both sides."""
    for number in range(-(-count // rows.num_rows)):
        columns = [pc.binary_join_element_wise(column, str(number), " ") for column in rows.columns]
        yield pa.record_batch(columns, ["first", "second"])[: count - number * rows.num_rows]


def raw(path: Path) -> Iterator[pa.RecordBatch]:
    """The raw text, as a source yields it."""
    with pq.ParquetFile(path, pre_buffer=False) as file:
        yield from file.iter_batches(BATCH)


def the_real_way(path: Path, output: Path, threads: int) -> int:
    """The cleaning of a study. Returns the number of pairs kept."""
    return clean([Text("bench", ("en", "es"), raw(path), DEFAULT)], output, threads)["lines_out"]


_MARKS = "".join(chr(i) for i in range(0x20000) if unicodedata.category(chr(i)).startswith("M"))
_LETTER = re.compile(rf"[^\W_]|[{_MARKS}]")
_INVISIBLE = re.compile(f"{PLACEHOLDER}|{MARKUP}")


def _share_of_letters(text: str) -> float:
    text = _INVISIBLE.sub("¤", text)
    visible = len(text) - text.count(" ")
    return len(_LETTER.findall(text)) / visible if visible else 0.0


def _share_of_latin(text: str) -> float:
    letters = [letter for letter in text if letter.isalpha()]
    return sum("LATIN" in unicodedata.name(letter, "") for letter in letters) / len(letters) if letters else 1.0


def _is_far_longer(first: str, second: str) -> bool:
    short, long = sorted((len(first), len(second)))
    return long > 3.0 * short + 15


PEER_FILTERS = (
    lambda first, second: not first or not second,
    lambda *sides: any(not 1 <= len(side.split()) <= 100 for side in sides),
    lambda *sides: any(len(word) > 60 for side in sides for word in side.split()),
    _is_far_longer,
    lambda *sides: any(_share_of_letters(side) < 0.5 for side in sides),
    lambda first, second: first == second,
    lambda *sides: any(_share_of_latin(side) < 0.2 for side in sides),
)


def the_obvious_way(path: Path, output: Path, threads: int) -> int:
    """The same with one call for each line and filter. Returns the number of pairs kept."""
    kept: dict[tuple[str, str], str] = {}
    for batch in raw(path):
        for sides in zip(*map(lines_of, batch.columns), strict=True):
            first, second = map(normalised, sides)
            if not any(drops(first, second) for drops in PEER_FILTERS):
                kept.setdefault((first, second), "bench")
    columns = list(zip(*((*sides, corpus) for sides, corpus in kept.items()), strict=True))
    batch = pa.record_batch([pa.array(column, pa.string()) for column in columns], ("en", "es", "corpus"))
    write_batches(output, batch.schema, [batch])
    return len(kept)


def main() -> None:
    """Measure and print a table."""
    arguments = parser(__doc__)
    arguments.add_argument("--pairs", type=int, default=1_000_000)
    arguments.add_argument("--threads", type=int, nargs="+", default=[1, multiprocessing.cpu_count()])
    arguments.add_argument("--text", nargs=2, metavar=("PARQUET", "PAIR"))
    arguments.add_argument("--folder", help="for temporary files")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        files = {count: Path(folder, f"{count}.parquet") for count in (options.pairs, min(PEER_PAIRS, options.pairs))}
        rows = block(options.text)
        for count, path in files.items():
            write_batches(path, rows.schema, repeated(rows, count))
        ways = [(the_real_way, options.pairs, threads) for threads in options.threads]
        ways.append((the_obvious_way, min(PEER_PAIRS, options.pairs), 1))
        print("way              threads       pairs        kept  seconds  pairs/s  pairs/s of a core  peak GB")
        rates = []
        for way, count, threads in ways:
            kept, used = measure_call(way, files[count], Path(folder, "out.parquet"), threads)
            rates.append(count / used.processor)
            print(
                f"{way.__name__:<16} {threads:>7} {count:>11,} {kept:>11,} {used.wall:>8.1f} {count / used.wall:>8,.0f}"
                f" {rates[-1]:>18,.0f} {used.peak:>8.2f}",
                flush=True,
            )
        print(f"ratio of a core's pairs/s to the obvious way: {rates[0] / rates[-1]:.1f}")


if __name__ == "__main__":
    run(main)
