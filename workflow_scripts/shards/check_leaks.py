"""Fail if a segment of a test or dev set is in a shard.

`python -m workflow_scripts.shards.check_leaks leaks.json … --shards DIR`.

The ids of each segment are decoded, and the text is compared with every segment of every test and dev set, in all
languages and on both sides. The comparison ignores case, spacing and punctuation. A shard is read window by window.
"""

from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq

from model.command import UserError, parser, run
from model.progress import track
from model.records import write_json
from model.shards.files import SIDES, WINDOW, lists_of, parts_of
from model.text.ragged import Ragged
from model.text.tokenizer import Tokenizer
from workflow_scripts.shards.leaks import HeldOutSegments


def sides(path: Path) -> Iterator[tuple[Ragged, str]]:
    """(segments, language) of each side of a part file, some rows at a time."""
    with pq.ParquetFile(path, pre_buffer=False) as file:
        for batch in file.iter_batches(WINDOW):
            for side in SIDES:
                yield lists_of(batch[side]), batch[f"{side}_lang"][0].as_py()


def main() -> None:
    """Check shard folders that use the same vocabulary."""
    arguments = parser(__doc__)
    arguments.add_argument("--subwords", required=True)
    arguments.add_argument("--vocabulary", required=True)
    arguments.add_argument("--testsets", type=Path, nargs="+", required=True, help="folders of all of them")
    arguments.add_argument("--min-words", type=int, default=1, help="of a segment that is looked for")
    arguments.add_argument("--shards", type=Path, nargs="+", required=True)
    arguments.add_argument("report")
    options = arguments.parse_args()
    tokenizer = Tokenizer(options.subwords, options.vocabulary)
    held_out = HeldOutSegments.read(options.testsets, tokenizer, options.min_words)
    checked, undecided = 0, 0
    for folder in options.shards:
        found: list[str] = []
        parts = parts_of(folder, tokenizer.vocabulary)
        for path in track(parts, len(parts), f"check {folder}", "part files"):
            for rows, language in sides(path):
                whole, damaged = held_out.found(rows, language)
                found += held_out.lines(rows.take(whole))
                undecided, checked = undecided + len(damaged), checked + int((rows.lengths() > 0).sum())
        if found:
            raise UserError(f"{folder}: {len(found)} segments stand in a test or dev set, the first: {found[0]!r}")
    counts = {"segments_checked": checked, "held_out": len(held_out.keys), "found": 0, "undecided": undecided}
    write_json(options.report, counts)
    print(f"{checked:,} segments checked against {len(held_out.keys):,} held-out ones: none found")
    if undecided:
        print(f"{undecided:,} with <unk> cannot be told from held-out ones that lose pieces as well")


if __name__ == "__main__":
    run(main)
