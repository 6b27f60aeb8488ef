"""How fast the merges of a BPE are learned, in how much memory, and whether they are those of subword-nmt:

`python -m bench.learn_bpe --text results/help29/text --merges 32000`

Words are separated by spaces, in all texts of the folder (`{pair}.parquet`). A language in several pairs is counted
only in the first. Both programs read the counts from the same file and write codes, one after the other, each in a
process of its own. Exits with 1 if the codes differ.
"""

import sys
import tempfile
from collections import Counter
from pathlib import Path

from bench.process import measure_call
from model.command import UserError, parser, run
from model.text.lines import read_lines, write_lines
from workflow_scripts.subwords.merges import learn_merges
from workflow_scripts.text.files import lines_of, read_batches


def word_counts(folder: Path) -> Counter[str]:
    """Words between spaces; a language that is in several pairs is counted in the first of them only."""
    paths = sorted(folder.glob("*-*.parquet"))
    if not paths:
        raise UserError(f"{folder}: holds no {{pair}}.parquet; name the folder `text` of a study's results")
    counts: Counter[str] = Counter()
    seen: set[str] = set()
    for path in paths:
        codes = [code for code in path.stem.split("-") if code not in seen]
        seen.update(codes)
        for batch in read_batches(path, codes):
            for column in batch.columns:
                counts.update(word for line in lines_of(column) for word in line.split())
    return counts


def this_code(words: Path, codes: Path, merges: int) -> None:
    """Learn as the workflow does."""
    counts = {word: int(count) for word, count in (line.split(" ") for line in read_lines(words))}
    learned = learn_merges(counts, merges)
    write_lines(codes, ["#version: 0.2", *map(" ".join, learned)])


def subword_nmt(words: Path, codes: Path, merges: int) -> None:
    """`subword-nmt learn-bpe --dict-input`."""
    from subword_nmt import learn_bpe

    learn_bpe.tqdm = iter  # no progress bar
    with open(words, encoding="utf-8") as source, open(codes, "w", encoding="utf-8") as target:
        learn_bpe.learn_bpe(source, target, merges, is_dict=True)


def main() -> None:
    """Measure, print a table and compare."""
    arguments = parser(__doc__)
    arguments.add_argument("--text", type=Path, required=True, help="folder with {pair}.parquet")
    arguments.add_argument("--merges", type=int, default=32_000)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        words = Path(folder, "words")
        counts = word_counts(options.text)
        write_lines(words, (f"{word} {count}" for word, count in counts.items()))
        print(f"{len(counts):,} distinct words, {sum(map(len, counts)):,} letters, {options.merges:,} merges")
        print("way          seconds  processor  peak GB", flush=True)
        processor, learned = [], []
        for learn in (this_code, subword_nmt):
            _, used = measure_call(learn, words, codes := Path(folder, learn.__name__), options.merges)
            processor.append(used.processor)
            learned.append(read_lines(codes)[1:])
            print(f"{learn.__name__:<12} {used.wall:>7.1f} {used.processor:>10.1f} {used.peak:>8.2f}", flush=True)
    ours, theirs = learned
    ratio = processor[1] / processor[0]
    verdict = "the same" if ours == theirs else "NOT THE SAME"
    print(f"ratio of processor seconds: {ratio:.1f}; {len(ours):,} merges, {verdict}")
    sys.exit(ours != theirs)


if __name__ == "__main__":
    run(main)
