"""How fast text becomes shards, and in how much memory, compared with the usual scripts:

`python -m bench.prepare results/help29/text/de-en.parquet en-de --sizes 1048576 4194304 16777216 --processes 1 2`

Both do the same work on the same text: words by Moses rules, subwords and ids of both sides of each pair, and of one
copy with random words of the source replaced, written as Parquet. The usual scripts are sacremoses,
`subword-nmt apply-bpe` and plain Python (bench/peers.py), step by step; ours are the commands of the workflow. All run
as processes of their own, and their start counts. `pairs/s of a core` are pairs for each second of processor time;
`lines/s` counts both sides of a pair, without copies. Memory is the peak of all processes together.

The text is a file {pair}.parquet, or a folder of them, which are joined. A text that is too short is repeated with
changes, so that no line occurs twice. Without `--subwords`, these are learned from the text by subword-nmt. Without
`--dictionaries`, these are made up.
"""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench.corpus import (
    SUBWORD_NMT,
    learn_subwords,
    make_dictionaries,
    read_text,
    write_settings,
    write_sides,
    write_text,
)
from bench.process import PYTHON, Command, Usage, measure
from model.command import UserError, parser, run
from model.text.tokenizer import CODES, VOCABULARY

Arguments = list[str | Path]
TINY = 100  # pairs that show what starting takes
COLUMNS = ("step", "pairs", "seconds", "processor seconds", "pairs/s of a core", "lines/s of a core", "peak GB")


@dataclass(frozen=True)
class Inputs:
    """Inputs of both ways beside the text."""

    folder: Path  # for outputs
    direction: str
    settings: Path  # folder
    subwords: Path
    dictionaries: Path

    @property
    def others(self) -> list[Path]:
        """The dictionaries of the source, without that into the pair's own target."""
        source = self.direction.split("-")[0]
        return [path for path in sorted(self.dictionaries.glob(f"{source}-*.tsv")) if path.stem != self.direction]


def peer_stages(inputs: Inputs, sides: list[Path]) -> list[tuple[str, list[Command]]]:
    """The usual scripts: name and commands of each step, one after the other."""
    peers: Arguments = [PYTHON, "-m", "bench.peers"]
    apply_bpe: Arguments = [SUBWORD_NMT, "apply-bpe", "-c", inputs.subwords / CODES]
    words, pieces, copied, copies = (
        [inputs.folder / f"{name}.{side}" for side in ("source", "target")]
        for name in ("words", "pieces", "copied", "copies")
    )
    codes, vocabulary = inputs.direction.split("-"), inputs.subwords / VOCABULARY
    tokenize = [Command([*peers, "tokenize", c], a, b) for c, a, b in zip(codes, sides, words, strict=True)]
    shards = [
        Command([*peers, "ids", vocabulary, *pieces, inputs.folder / "peer.original"]),
        Command([*peers, "ids", vocabulary, copies[0], copied[1], inputs.folder / "peer.substituted"]),
    ]
    return [
        ("sacremoses tokenize", tokenize),
        ("subword-nmt apply-bpe", [Command(apply_bpe, a, b) for a, b in zip(words, pieces, strict=True)]),
        ("substitution", [Command([*peers, "substitute", *pieces, *copied, *inputs.others])]),
        ("subword-nmt apply-bpe, copies", [Command(apply_bpe, copied[0], copies[0])]),
        ("ids, Parquet", shards),
    ]


def our_steps(inputs: Inputs, text: Path, processes: int) -> list[tuple[str, list[Command]]]:
    """The commands of the workflow. Those of one step run at the same time, each on its part."""
    subwords = inputs.subwords
    shared: Arguments = ["--subwords", subwords, "--vocabulary", subwords / VOCABULARY]
    dictionaries: Arguments = ["--dictionaries", inputs.dictionaries]
    steps = []
    for kind, step, more in (
        ("original", "shards.encode", []),
        ("substituted", "substitution.substitute", dictionaries),
    ):
        command = step.split(".")[-1]
        settings: Arguments = ["--settings", inputs.settings / f"{command}.json"]
        folder, begin = inputs.folder / kind, [PYTHON, "-m", f"workflow_scripts.{step}", *settings, *shared, *more]
        if processes == 1:
            steps.append((command, [Command([*begin, inputs.direction, text, folder])]))
            continue
        parts = {f"{n}-of-{processes}": inputs.folder / f"{kind}.{n}" for n in range(1, processes + 1)}
        commands = [Command([*begin, "--part", n, inputs.direction, text, part]) for n, part in parts.items()]
        gather: Arguments = [PYTHON, "-m", "workflow_scripts.shards.gather_shards", folder, *parts.values()]
        steps += [(f"{command}, {counted(processes)}", commands), (f"gather_shards {kind}", [Command(gather)])]
    return steps


def head() -> None:
    """Print the head of a table, in Markdown."""
    print(f"\n| {' | '.join(COLUMNS)} |\n|:--|{'--:|' * (len(COLUMNS) - 1)}", flush=True)


def show(name: str, pairs: int, used: Usage) -> None:
    """Print a row of the table."""
    rate = pairs / used.processor
    cells = name, f"{pairs:,}", f"{used.wall:.1f}", f"{used.processor:.1f}", f"{rate:,.0f}", f"{2 * rate:,.0f}"
    print(f"| {' | '.join(cells)} | {used.peak:.2f} |", flush=True)


def peers(inputs: Inputs, text: Path, pairs: int) -> Usage:
    """Run the usual scripts on one core, and print each step."""
    total = Usage()
    for name, commands in peer_stages(inputs, write_sides(inputs.folder, text, inputs.direction)):
        used = Usage()
        for command in commands:
            used = used.then(measure(command))
        show(name, pairs, used)
        total = total.then(used)
    show("today's chain", pairs, total)
    return total


def ours(inputs: Inputs, text: Path, pairs: int, processes: int = 1) -> Usage:
    """Run the workflow's commands and print them."""
    total = Usage()
    for kind in ("original", "substituted"):
        for folder in inputs.folder.glob(f"{kind}*"):
            shutil.rmtree(folder)
    for name, commands in our_steps(inputs, text, processes):
        used = measure(*commands)
        show(name, pairs, used)
        total = total.then(used)
    show(f"ours, {counted(processes)}", pairs, total)
    return total


def ids_of(path: Path) -> tuple[int, list[int]]:
    """(rows, number and sum of the ids of each side) of shards, in whatever order the rows stand."""
    rows, sums = 0, [0, 0, 0, 0]
    for file in sorted(path.glob("*.parquet")) if path.is_dir() else [path]:
        with pq.ParquetFile(file) as shard:
            for batch in shard.iter_batches(columns=["source", "target"]):
                flat = [batch[side].flatten().to_numpy() for side in ("source", "target")]
                found = [f(side) for side in flat for f in (len, lambda ids: int(ids.sum(dtype=np.int64)))]
                rows, sums = rows + len(batch), [a + b for a, b in zip(sums, found, strict=True)]
    return rows, sums


def compare(inputs: Inputs) -> None:
    """Print how many copies both ways made. Raises UserError if the ids of the originals differ."""
    (peer, ids), (own, own_ids) = (ids_of(inputs.folder / name) for name in ("peer.original", "original"))
    if (peer, ids) != (own, own_ids):
        raise UserError(f"original: {own:,} rows with {own_ids}, peers {peer:,} with {ids}; do not trust this table")
    copies = [ids_of(inputs.folder / name)[0] for name in ("peer.substituted", "substituted")]
    print(f"\nboth wrote the same ids of {own:,} pairs; copies: {copies[0]:,} today's chain, {copies[1]:,} ours")


def beside_peers(inputs: Inputs, rows: pa.RecordBatch, pairs: int) -> None:
    """Both ways on the same text, and on a tiny one, which shows their time to start."""
    head()
    for count in sorted({min(TINY, pairs), pairs}):
        text = write_text(inputs.folder / "text.parquet", rows, count)
        peer, own = peers(inputs, text, count), ours(inputs, text, count)
    compare(inputs)
    print(f"pairs/s of a core, ours to today's chain: {peer.processor / own.processor:.1f}", flush=True)


def growing(inputs: Inputs, rows: pa.RecordBatch, sizes: list[int], processes: list[int]) -> None:
    """Our commands on longer and longer text."""
    head()
    used: dict[tuple[int, int], Usage] = {}
    for size in sizes:
        text = write_text(inputs.folder / "text.parquet", rows, size)
        for count in processes:
            used[size, count] = ours(inputs, text, size, count)
    print()
    for (size, count), usage in used.items():
        first, alone = used[sizes[0], count], used[size, processes[0]]
        print(
            f"{counted(count)}, {size:,} pairs: {size / sizes[0]:.2f} times the pairs of the first in"
            f" {usage.wall / first.wall:.2f} times the seconds, {usage.processor / first.processor:.2f} of processor;"
            f" {alone.wall / usage.wall:.2f} times as fast as {counted(processes[0])}"
        )


def counted(processes: int) -> str:
    """`1 process`, `2 processes`."""
    return f"{processes} process{'es' * (processes > 1)}"


def main() -> None:
    """Measure and print tables."""
    arguments = parser(__doc__)
    arguments.add_argument("text", type=Path, help="{pair}.parquet, or a folder of them")
    arguments.add_argument("direction", help="for instance en-de")
    arguments.add_argument("--pairs", type=int, default=200_000, help="of the comparison")
    arguments.add_argument("--sizes", type=int, nargs="*", default=[2**20, 2**22, 2**24], help="pairs, ours alone")
    arguments.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    arguments.add_argument("--subwords", type=Path, help="folder with codes, vocabulary.tsv and tokenizer.json")
    arguments.add_argument("--merges", type=int, default=32_000, help="merges to learn without --subwords")
    arguments.add_argument("--dictionaries", type=Path, help="folder with en-xx.tsv")
    arguments.add_argument("--folder", help="for temporary files")
    options = arguments.parse_args()
    rows = read_text(options.text, options.direction)
    print(f"{options.text}: {len(rows):,} pairs")
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name).resolve()
        made = options.dictionaries or make_dictionaries(folder / "dictionaries", rows, options.direction)
        subwords = options.subwords or learn_subwords(folder / "subwords", rows, options.direction, options.merges)
        inputs = Inputs(folder, options.direction, folder / "settings", subwords.resolve(), made.resolve())
        write_settings(inputs.settings, [options.direction, *(path.stem for path in inputs.others)])
        if options.pairs:
            beside_peers(inputs, rows, options.pairs)
        if options.sizes:
            growing(inputs, rows, options.sizes, options.processes)


if __name__ == "__main__":
    run(main)
