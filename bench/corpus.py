"""Inputs of bench/prepare.py: real text of any length, subwords, dictionaries and settings."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench.process import PYTHON, Command, measure
from model.command import UserError
from model.records import write_json
from model.text.lines import write_lines
from model.text.tokenizer import CODES, SETTINGS, VOCABULARY
from model.text.vocabulary import Vocabulary
from workflow_scripts.plan.plan import Plan
from workflow_scripts.plan.text_settings import RULES
from workflow_scripts.study.read import parse_study
from workflow_scripts.text.files import lines_of, write_batches
from workflow_scripts.text.matching import WORD_OF_LETTERS

BATCH = 50_000  # rows
SAMPLE = 30_000  # pairs that subwords are learned on
WORDS = 2000  # frequent words that make repeated lines differ
NEW_WORD_EVERY = 20  # lines; a new word is two frequent words in one
LANGUAGES, DICTIONARIES = ("es", "fr", "it", "nl", "pl", "sv"), 4  # made-up dictionaries, beside that of the target
SEED = 1
SUBWORD_NMT = PYTHON.with_name("subword-nmt")


def read_text(path: Path, direction: str) -> pa.RecordBatch:
    """The pairs of `{pair}.parquet`, or of all files of a folder with the source language, in random order.

    In a folder, the other side of each file counts as target, in whatever language. This gives text with more words.
    """
    source, target = direction.split("-")
    tables = []
    for file in sorted(path.glob("*-*.parquet")) if path.is_dir() else [path]:
        codes = [name for name in pq.read_schema(file).names if name != "corpus"]
        if source in codes and (path.is_dir() or target in codes):
            other = next(code for code in codes if code != source)
            tables.append(pq.read_table(file, columns=[source, other]).rename_columns([source, target]))
    if not tables:
        raise UserError(f"{path}: holds no text for {direction}; name another file, folder or direction")
    rows = pa.concat_tables(tables).combine_chunks()
    (batch,) = rows.take(np.random.default_rng(SEED).permutation(len(rows))).combine_chunks().to_batches()
    return batch


def frequent_words(column: pa.Array, most: int) -> list[str]:
    """The most frequent words in a sample of lines, in lower case, of letters only."""
    counts = Counter(word.lower() for line in lines_of(column[:SAMPLE]) for word in line.split())
    return [word for word, _ in counts.most_common() if WORD_OF_LETTERS.fullmatch(word)][:most]


def enlarged(rows: pa.RecordBatch, count: int) -> Iterator[pa.RecordBatch]:
    """`count` distinct pairs: the rows as they are, then again and again with another word before each side.

    The word is a frequent word of the text, a different one for each repetition. A longer text would also have new
    words, so some of the repeated lines get one: two frequent words written as one.
    """
    words = [pa.array(frequent_words(column, WORDS)) for column in rows.columns]
    for first in range(0, count, BATCH):
        numbers = np.arange(first, min(first + BATCH, count))
        some = rows.take(pa.array(numbers % len(rows)))
        columns = [_varied(column, numbers, len(rows), own) for column, own in zip(some.columns, words, strict=True)]
        yield pa.record_batch(columns, rows.schema.names)


def _varied(column: pa.Array, numbers: np.ndarray, length: int, words: pa.Array) -> pa.Array:
    """The lines with the words of their repetition. Lines of the first repetition stay as they are."""
    repetition, most = numbers // length, len(words)
    first = repetition == 0
    if repetition.max() >= most:
        raise UserError(f"the text has {length} pairs, too few to be repeated {repetition.max()} times; take more text")
    place = numbers // NEW_WORD_EVERY * 1_000_003 % most**2  # a prime, so that neighbours look different
    old = words.take(pa.array(repetition, mask=first))
    rare = first | (numbers % NEW_WORD_EVERY > 0)
    new = pc.binary_join_element_wise(
        words.take(pa.array(place // most, mask=rare)), words.take(pa.array(place % most, mask=rare)), ""
    )
    return pc.binary_join_element_wise(new, old, column, " ", null_handling="skip")


def write_text(path: Path, rows: pa.RecordBatch, count: int) -> Path:
    """Write `count` pairs, as the commands read them."""
    write_batches(path, rows.schema, enlarged(rows, count))
    return path


def write_sides(folder: Path, text: Path, direction: str) -> list[Path]:
    """Write the same pairs as text files with one segment a line, for other tools."""
    files = []
    for code, column in zip(direction.split("-"), pq.read_table(text).columns, strict=True):
        write_lines(folder / f"raw.{code}", lines_of(column.combine_chunks()))
        files.append(folder / f"raw.{code}")
    return files


def learn_subwords(folder: Path, rows: pa.RecordBatch, direction: str, merges: int) -> Path:
    """Learn a subword folder with sacremoses and subword-nmt from a sample of the text."""
    folder.mkdir()
    codes = direction.split("-")
    with open(folder / "sample", "wb") as sample:
        for code, column in zip(codes, rows[:SAMPLE].columns, strict=True):
            raw, words = folder / f"sample.{code}", folder / f"sample.words.{code}"
            write_lines(raw, lines_of(column))
            measure(Command([PYTHON, "-m", "bench.peers", "tokenize", code], raw, words))
            sample.write(words.read_bytes())
    measure(Command([SUBWORD_NMT, "learn-bpe", "-s", str(merges)], folder / "sample", folder / CODES))
    pieces = folder / "sample.pieces"
    measure(Command([SUBWORD_NMT, "apply-bpe", "-c", folder / CODES], folder / "sample", pieces))
    counts = Counter(piece for line in pieces.read_text(encoding="utf-8").split("\n") for piece in line.split())
    Vocabulary.build(counts, codes, min_count=2, max_size=2**16).write(folder / VOCABULARY)
    write_json(folder / SETTINGS, {"kind": "bpe", "segmenters": {"default": "moses"}})
    return folder


def make_dictionaries(folder: Path, rows: pa.RecordBatch, direction: str) -> Path:
    """Made-up dictionaries into the target and some other languages.

    Every other frequent word of the source has an entry, of one to three words of the target side.
    """
    chance = random.Random(SEED)
    source, target = direction.split("-")
    known, others = (frequent_words(column, 2 * WORDS) for column in rows.columns)
    for language in [target, *(code for code in LANGUAGES if code not in (source, target))][: 1 + DICTIONARIES]:
        entries = [(word, t) for word in known[::2] for t in chance.sample(others, chance.randint(1, 3))]
        write_lines(folder / f"{source}-{language}.tsv", (f"{word}\t{t}\t{n}" for n, (word, t) in enumerate(entries)))
    return folder


def write_settings(folder: Path, directions: Sequence[str]) -> Path:
    """Write the settings of `encode` and `substitute` for the first direction, in a study with default settings."""
    source = directions[0].split("-")[0]
    study = {
        "study": "bench",
        "corpora": ["gettext:gramps/6.0.8"],
        "pairs": {"pretrain": list(directions)},
        "segmenters": {"default": "moses"},
        "substitution": {"language": source},
        "runs": {"bench": {"train_on": "pretrain", "shards": ["original", "substituted"]}},
    }
    plan = Plan(parse_study(study, "bench"))
    for rule, names in (("encode", []), ("substitute", directions[:1])):
        write_json(folder / f"{rule}.json", RULES[rule](plan, *names).model_dump(mode="json"))
    return folder
