"""The usual tools to prepare text, as commands: `python -m bench.peers tokenize en < in > out`, and so on.

`subword-nmt apply-bpe` applies subwords. The other steps of mRASP's scripts are here, each written in the obvious way,
one line and one word at a time.
"""

import argparse
import random
import re
from collections.abc import Iterator
from itertools import islice

from model.command import parser, run
from model.text.vocabulary import UNKNOWN_ID, Vocabulary

SEED, PROBABILITY, TOP_WORDS = 1, 0.3, 1000  # the workflow's defaults
ROWS = 100_000  # of a row group


def tokenize(options: argparse.Namespace) -> None:
    """`sacremoses tokenize` with aggressive hyphens. Its command ignores the option for escaping, so it is set here."""
    from sacremoses.cli import cli

    unescaped = {"tokenize": {"xml_escape": False}}
    cli(["-l", options.language, "-j", "1", "tokenize", "-a"], default_map=unescaped)


def read_dictionary(path: str) -> dict[str, list[str]]:
    """Word → translations of the first words of a dictionary."""
    entries: dict[str, list[str]] = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            word, translation, *_ = line.rstrip("\n").split("\t")
            if word not in entries and len(entries) == TOP_WORDS:
                break
            entries.setdefault(word, []).append(translation)
    return entries


def substitute(options: argparse.Namespace) -> None:
    """Random aligned substitution of a file of pieces, like replace_word.py. Only the copies are written.

    Copies of the source are words, which need `apply-bpe` again. Copies of the target are the same pieces.
    """
    dictionaries = [read_dictionary(path) for path in options.dictionaries]
    random.seed(SEED)
    with (
        open(options.source, encoding="utf-8") as sources,
        open(options.target, encoding="utf-8") as targets,
        open(options.source_copies, "w", encoding="utf-8") as source_copies,
        open(options.target_copies, "w", encoding="utf-8") as target_copies,
    ):
        for source, target in zip(sources, targets, strict=True):
            entries, words, changed = random.choice(dictionaries), [], False
            for word in re.sub("(@@ )|(@@ ?$)", "", source).split():
                translations = entries.get(word.lower())
                if translations and random.random() < PROBABILITY:
                    replacement = random.choice(translations)
                    if word[0].isupper():
                        replacement = replacement[0].upper() + replacement[1:]
                    changed = changed or replacement != word
                    word = replacement
                words.append(word)
            if changed:
                source_copies.write(" ".join(words) + "\n")
                target_copies.write(target)


def ids_of(path: str, ids: dict[str, int]) -> Iterator[list[int]]:
    """The ids of each line's pieces."""
    with open(path, encoding="utf-8") as file:
        for line in file:
            yield [ids.get(piece, UNKNOWN_ID) for piece in line.split()]


def write_ids(options: argparse.Namespace) -> None:
    """Two files of pieces as ids in Parquet."""
    import pyarrow as pa  # here, for the other stages would start later
    import pyarrow.parquet as pq

    vocabulary = Vocabulary.read(options.vocabulary)
    ids = {piece: n for n, piece in enumerate(vocabulary.pieces) if not vocabulary.is_control(n)}
    kind = pa.list_(pa.uint16() if len(vocabulary) <= 2**16 else pa.int32())
    schema = pa.schema({"source": kind, "target": kind})
    rows = zip(ids_of(options.source, ids), ids_of(options.target, ids), strict=True)
    with pq.ParquetWriter(options.output, schema, compression="zstd") as file:
        while some := list(islice(rows, ROWS)):
            file.write_table(pa.table([pa.array(column, kind) for column in zip(*some, strict=True)], schema))


STAGES = {
    "tokenize": (tokenize, ["language"]),
    "substitute": (substitute, ["source", "target", "source_copies", "target_copies", "dictionaries"]),
    "ids": (write_ids, ["vocabulary", "source", "target", "output"]),
}


def main() -> None:
    """Run one stage."""
    arguments = parser(__doc__)
    stages = arguments.add_subparsers(required=True)
    for name, (stage, needs) in STAGES.items():
        of_stage = stages.add_parser(name)
        of_stage.set_defaults(stage=stage)
        for need in needs:
            of_stage.add_argument(need, nargs="+" if need == "dictionaries" else None)
    options = arguments.parse_args()
    options.stage(options)


if __name__ == "__main__":
    run(main)
