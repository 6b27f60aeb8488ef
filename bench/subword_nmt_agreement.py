"""Whether words and subwords are those of sacremoses and subword-nmt, on every segment of a folder of texts:

`python -m bench.subword_nmt_agreement results/help29/text --subwords results/help29/subwords`

Compares the code that makes shards, which works on batches, with the two programs, one line at a time, in three stages:
words (by sacremoses, or by the function of another segmenter), pieces of the same words (`apply-bpe`), and their ids.
Without `--subwords`, codes are learned from the text by subword-nmt. Exits with 1 if anything differs.
"""

import multiprocessing
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from subword_nmt.apply_bpe import BPE

from bench.corpus import learn_subwords, read_text
from model.command import UserError, parser, run
from model.progress import track
from model.text.moses import ELIDING
from model.text.segmenters import SEGMENTERS, segmenter_name
from model.text.tokenizer import CODES, Tokenizer
from workflow_scripts.text.files import lines_of, read_batches

STAGES = ("words", "pieces", "ids")
SHOWN = 10


@dataclass
class Agreement:
    """What was compared, and what differs."""

    segments: int = 0
    differences: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STAGES, 0))
    examples: list[tuple[str, ...]] = field(default_factory=list)  # stage, where, line, theirs, ours

    def add(self, other: "Agreement") -> None:
        """Count the other's too."""
        self.segments += other.segments
        self.examples += other.examples
        for stage, count in other.differences.items():
            self.differences[stage] += count

    def compare(self, stage: str, where: str, line: str, theirs: str, ours: str) -> None:
        """Compare one segment of one stage."""
        if theirs.encode() != ours.encode():
            self.differences[stage] += 1
            if self.differences[stage] <= SHOWN:
                self.examples.append((stage, where, line, theirs, ours))


@cache
def _sacremoses(language: str):  # noqa: ANN202  sacremoses has no types
    from sacremoses import MosesTokenizer

    rules = MosesTokenizer(lang=language)
    rules.lang = ELIDING.get(language, language)  # as the Moses script has it
    return rules


def their_words(line: str, language: str, name: str) -> str:
    """The words of a line with spaces between them."""
    if name != "moses":
        return " ".join(SEGMENTERS[name].split(line, language))
    text = _sacremoses(language).tokenize(line, aggressive_dash_splits=True, return_str=True, escape=False)
    return " ".join(text.split())


def our_batch(lines: pa.Array, language: str, tokenizer: Tokenizer) -> Iterator[tuple[str, str, str]]:
    """Words, pieces and ids of each line as the shards have them, with spaces between them."""
    lexicon = tokenizer.lexicon(language)
    numbers = lexicon.split(lines)
    met = sorted(set(numbers.values.tolist()))
    words = {number: lexicon.words[number] for number in met}
    pieces = dict(zip(met, map(" ".join, tokenizer.pieces_of_words(list(words.values()))), strict=True))
    ids = tokenizer.encode_lines(lines, language)
    for row in range(len(numbers)):
        of_row = numbers[row].tolist()
        yield (
            " ".join(words[number] for number in of_row),
            " ".join(pieces[number] for number in of_row),
            " ".join(map(str, ids[row].tolist())),
        )


def compare_side(side: tuple[Path, str, Path]) -> Agreement:
    """Compare one side of a text. side: Parquet file, its column, subword folder."""
    path, language, folder = side
    tokenizer, result = Tokenizer(folder), Agreement()
    with open(folder / CODES, encoding="utf-8") as codes:
        bpe = BPE(codes)
    name = segmenter_name(language, tokenizer.settings["segmenters"])
    for batch in read_batches(path, [language]):
        ours = our_batch(batch.column(0), language, tokenizer)
        for line, (words, pieces, ids) in zip(lines_of(batch.column(0)), ours, strict=True):
            where = f"{path.name}, {language}"
            result.segments += 1
            result.compare("words", where, line, their_words(line, language, name), words)
            # Each stage is held against theirs on what ours gave it, so that a fault shows where it is.
            result.compare("pieces", where, line, bpe.process_line(words), pieces)
            their_ids = tokenizer.vocabulary.ids(pieces.split(" ") if pieces else [])
            result.compare("ids", where, line, " ".join(map(str, their_ids)), ids)
    return result


def sides(folder: Path, subwords: Path) -> list[tuple[Path, str, Path]]:
    """Both sides of every pair, the longest first. Raises UserError where there is none."""
    files = sorted(folder.glob("*-*.parquet"), key=lambda path: -pq.read_metadata(path).num_rows)
    if not files:
        raise UserError(f"{folder}: holds no {{pair}}.parquet; make the text first, for instance with `snakemake text`")
    return [(path, code, subwords) for path in files for code in path.stem.split("-")]


def main() -> None:
    """Compare and print."""
    arguments = parser(__doc__)
    arguments.add_argument("text", type=Path, help="folder with {pair}.parquet")
    arguments.add_argument("--subwords", type=Path, help="folder with codes, vocabulary.tsv and tokenizer.json")
    arguments.add_argument("--merges", type=int, default=32_000, help="where no subwords are given")
    arguments.add_argument("--processes", type=int, default=multiprocessing.cpu_count())
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        subwords = options.subwords or learn_subwords(
            Path(name, "subwords"), read_text(options.text, "en-xx"), "en-xx", options.merges
        )
        total, work = Agreement(), sides(options.text, subwords.resolve())
        with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
            for result in track(pool.imap_unordered(compare_side, work), len(work), "compare", "sides"):
                total.add(result)
    for example in total.examples[:SHOWN]:
        print("{}: {}\n  line   {!r}\n  theirs {!r}\n  ours   {!r}".format(*example))
    print(f"{total.segments:,} segments of {len(work)} sides compared; different:", end=" ")
    print(", ".join(f"{stage} {count:,}" for stage, count in total.differences.items()))
    if any(total.differences.values()):
        sys.exit(1)


if __name__ == "__main__":
    run(main)
