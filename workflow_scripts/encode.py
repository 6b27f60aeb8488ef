"""Turn parallel text into a shard folder of subword ids.

`python -m workflow_scripts.encode --study … --subwords … --vocabulary … en-gl text.parquet shards/original/en-gl`; with
a folder of test set files instead of Parquet it encodes the lines that both languages have.
"""

from pathlib import Path

from model.command import UserError, parser, run
from model.progress import track
from model.shards import write_shards
from model.tokenizer import Tokenizer
from workflow_scripts.study import read_study
from workflow_scripts.text import read_pairs, read_testset


def encode(
    pairs: list[tuple[str, str]], direction: tuple[str, str], tokenizer: Tokenizer
) -> list[tuple[list[int], list[int]]]:
    """Ids of source and target of each pair of segments."""
    source, target = direction
    rows = track(pairs, len(pairs), f"encode {source}-{target}", "segments")
    return [(tokenizer.encode(s, source), tokenizer.encode(t, target)) for s, t in rows]


def main() -> None:
    """Encode one direction."""
    arguments = parser(__doc__)
    arguments.add_argument("--study", required=True)
    arguments.add_argument("--subwords", required=True)
    arguments.add_argument("--vocabulary", required=True)
    arguments.add_argument("direction")
    arguments.add_argument("text", type=Path, help="{pair}.parquet, or the folder of a test set")
    arguments.add_argument("folder", type=Path)
    options = arguments.parse_args()
    study, tokenizer = read_study(options.study), Tokenizer(options.subwords, options.vocabulary)
    read = read_testset if options.text.is_dir() else read_pairs
    pairs = read(options.text, options.direction)
    if not pairs:
        raise UserError(f"{options.text}: holds no segment for {options.direction}")
    source, target = options.direction.split("-")
    rows = encode(pairs, (source, target), tokenizer)
    write_shards(options.folder, rows, (source, target), tokenizer.vocabulary, study.seed, {"kind": "original"})


if __name__ == "__main__":
    run(main)
