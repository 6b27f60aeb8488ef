"""How fast shards become batches, and how much of these is padding:

`python -m bench.loader results/help29/shards/original/* --vocabulary results/help29/subwords/vocabulary.tsv
--batch-tokens 2000 4096 16384`

Nothing is trained. The first batch waits until the first pool of rows is read and planned. The rate counts all target
tokens and all seconds, this wait included. `real` is the fraction of positions that are not padding, of both sides.
"""

import time
from contextlib import closing
from pathlib import Path

from bench.trial import SEED, markdown_head
from model.batches.mixture import Mixture
from model.command import parser, run
from model.config.model import ModelConfig
from model.config.run import RunConfig, Task
from model.config.training import TrainingConfig
from model.text.tokenizer import Tokenizer
from model.text.words import Words

COLUMNS = ("tokens a batch", "batches", "real", "first batch, s", "target tokens/s")


def mixture(folders: list[Path], vocabulary: Path, batch_tokens: int, max_positions: int) -> Mixture:
    """The batches of translation that a run on some folders learns from."""
    config = RunConfig(
        run="bench",
        seed=SEED,
        subwords=str(vocabulary.parent),
        vocabulary=str(vocabulary),
        tasks=[Task(objective="translation", shards=[str(folder) for folder in folders])],
        dev=[""],
        model=ModelConfig(max_positions=max_positions),
        training=TrainingConfig(batch_tokens=batch_tokens),
    )
    return Mixture(config, Words(Tokenizer(config.subwords, config.vocabulary)))


def measured(batches_of_run: Mixture, tokens: int) -> tuple[int, float, float, float]:
    """Take batches until they hold so many target tokens.

    Returns how many batches, the share of real positions, the seconds until the first, and target tokens a second.
    """
    began, first, batches, real, positions, seen = time.perf_counter(), 0.0, 0, 0, 0, 0
    with closing(iter(batches_of_run)) as portions:
        for portion in portions:
            first = first or time.perf_counter() - began
            for batch in portion.batches:
                batches, seen = batches + 1, seen + batch.tokens
                real += batch.tokens + batch.source_tokens
                positions += batch.source.numel() + batch.inputs.numel()
            if seen >= tokens:
                break
    return batches, real / positions, first, seen / (time.perf_counter() - began)


def main() -> None:
    """Measure and print a table."""
    arguments = parser(__doc__)
    arguments.add_argument("shards", type=Path, nargs="+", help="folders of shards")
    arguments.add_argument("--vocabulary", type=Path, required=True, help="in the folder of its subwords")
    arguments.add_argument("--batch-tokens", type=int, nargs="+", default=[2000, 4096, 16384])
    arguments.add_argument("--max-positions", type=int, default=256)
    arguments.add_argument("--tokens", type=int, default=10_000_000, help="target tokens to take")
    options = arguments.parse_args()
    folders = [path for path in options.shards if path.is_dir()]
    print("\n".join(markdown_head(list(COLUMNS))))
    for batch_tokens in options.batch_tokens:
        made = mixture(folders, options.vocabulary, batch_tokens, options.max_positions)
        batches, real, first, rate = measured(made, options.tokens)
        print(f"| {batch_tokens:,} | {batches:,} | {real:.4f} | {first:.1f} | {rate:,.0f} |", flush=True)


if __name__ == "__main__":
    run(main)
