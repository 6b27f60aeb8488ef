"""Fail if a test or dev segment stands in any shard: `python -m workflow_scripts.check_leaks leaks.json …`.

The ids of each shard are turned back into text and compared with every segment of every test and dev set, in all
languages, on both sides. The comparison ignores case, spacing and punctuation.
"""

from pathlib import Path

from model.command import UserError, parser, run
from model.config import write_json
from model.progress import track
from model.shards import Side, read_shards
from model.tokenizer import Tokenizer
from workflow_scripts.decontaminate import held_out_keys
from workflow_scripts.text import matching_keys


def leaks(side: Side, tokenizer: Tokenizer, held_out: set[str]) -> list[str]:
    """The segments of one side of the shards that are held out."""
    lines = [" ".join(tokenizer.decode_words(side.segment(i).tolist())) for i in range(len(side.language))]
    return [line for line, key in zip(lines, matching_keys(lines), strict=True) if key in held_out]


def main() -> None:
    """Check all shards that some vocabulary was used for."""
    arguments = parser(__doc__)
    arguments.add_argument("--subwords", required=True)
    arguments.add_argument("--vocabulary", required=True)
    arguments.add_argument("--testsets", type=Path, nargs="+", required=True, help="files of all of them")
    arguments.add_argument("--shards", nargs="+", required=True)
    arguments.add_argument("report")
    options = arguments.parse_args()
    tokenizer, held_out = Tokenizer(options.subwords, options.vocabulary), held_out_keys(tuple(options.testsets))
    checked = 0
    for folder in track(options.shards, len(options.shards), "check", "shards"):
        examples = read_shards([folder], tokenizer.vocabulary)
        for side in (examples.source, examples.target):
            found = leaks(side, tokenizer, held_out)
            checked += len(side.language)
            if found:
                raise UserError(f"{folder}: {len(found)} segments stand in a test or dev set, the first: {found[0]!r}")
    write_json(options.report, {"segments_checked": checked, "held_out": len(held_out), "found": 0})
    print(f"{checked:,} segments checked against {len(held_out):,} held-out ones: none found")


if __name__ == "__main__":
    run(main)
