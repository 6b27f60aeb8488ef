"""Time and memory of a training step with intra-distillation, compared with a regular one:

`python -m bench.intra_distillation results/id/shards/original/gl-en --dev results/id/shards/dev/gl-en
--subwords results/id/subwords --updates 10`

Each batch has two passes: as one batch of twice the rows, or one after the other. All variants use the loop of
`model/train.py` and the same batches, in one process of one thread for each core. They alternate, each time in new
processes. Memory is that of all of them; their memory before training is printed too.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

from bench.process import Usage, measure_together
from bench.train_throughput import Variant, add_training_arguments, run_config, speed
from bench.trial import Trial, Trials, chosen, in_turns, markdown_head, quiet_to_busy
from model.command import parser, run
from model.config.run import IntraDistillation

PASSES = 2


def ways(cores: int) -> list[Variant]:
    """Ways to learn from a batch, in one process of one thread for each core."""
    usual = Variant("regular", keeps_memory=True, processes=cores)
    together, apart = (IntraDistillation(passes=PASSES, together=together) for together in (True, False))
    return [
        usual,
        replace(usual, name="two passes in one batch", distillation=together),
        replace(usual, name="two passes, one after the other", distillation=apart),
    ]


def table(trials: Trials, before: float) -> list[str]:
    """A table in Markdown: medians of the rounds, and ratios to the regular step. before: memory in GB."""
    heads = ["", "target tokens/s", "times the seconds", "times the processor time", "peak GB", "times the memory"]
    lines = markdown_head([*heads, "times what is above the start"])
    (regular, *_) = trials.values()
    for name, rounds in trials.items():
        pairs = [(own.seconds / base.seconds, own.processor / base.processor) for own, base in _beside(rounds, regular)]
        seconds, processor = (median(quotients) for quotients in zip(*pairs, strict=True))
        peak, usual = (max(used.peak for _, used in some) for some in (rounds, regular))
        cells = [median(t.tokens / t.seconds for t, _ in rounds), seconds, processor, peak, peak / usual]
        cells.append((peak - before) / (usual - before))
        lines.append(f"| {name} | {cells[0]:,.0f} | {' | '.join(f'{cell:.2f}' for cell in cells[1:])} |")
    return lines


def _beside(rounds: Sequence[tuple[Trial, Usage]], regular: Sequence[tuple[Trial, Usage]]) -> list[tuple[Trial, Trial]]:
    return [(own, base) for (own, _), (base, _) in zip(rounds, regular, strict=True)]


def nothing() -> None:
    """A process before it trains, to measure its memory."""
    import time

    import model.train  # noqa: F401

    time.sleep(2)


def main() -> None:
    """Measure and print a table."""
    arguments = parser(__doc__)
    add_training_arguments(arguments)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        config = run_config(options, Path(folder))
        before = measure_together(options.threads, nothing)[1].peak
        print(
            f"{config.model}\n{options.threads} cores, {config.training.precision}, {before:.2f} GB before", flush=True
        )
        rest = config, options.warmup, options.updates
        quiet, beside = in_turns(
            speed, chosen(ways(options.threads), options.only), options.rounds, *rest, busy=options.busy
        )
        print("\n".join(["", *table(quiet, before)]))
        if beside:
            print("\n".join(["", *quiet_to_busy(quiet, beside)]))


if __name__ == "__main__":
    run(main)
