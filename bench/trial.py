"""Shared code of the throughput benches: sizes, a smaller vocabulary, alternating variants, and the table of speeds."""

import argparse
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Protocol, TypeVar

import numpy as np
import pyarrow.parquet as pq

from bench.busy import counting
from bench.process import Usage, measure_together
from model.command import UserError
from model.config.model import PRESETS, ModelConfig
from model.shards.files import SIDES, lists_of, parts_of, write_part
from model.text.ragged import Ragged
from model.text.tokenizer import VOCABULARY
from model.text.vocabulary import UNKNOWN_ID, Vocabulary

SEED = 1
Step = Callable[[], tuple[int, int]]  # does one step; returns its target tokens and another count


class Named(Protocol):
    """A variant with a name, and the number of processes that do it together."""

    @property
    def name(self) -> str:
        """The variant in words."""

    @property
    def processes(self) -> int:
        """How many processes do it together."""


AnyVariant = TypeVar("AnyVariant", bound=Named)


@dataclass(frozen=True)
class Trial:
    """Work after the warm-up, and its time and GPU memory."""

    tokens: int  # of the target, without padding
    others: int  # the other count of a step
    seconds: float
    processor: float  # seconds of all threads
    gpu: float  # peak GB of the GPU, the warm-up included


Trials = Mapping[str, Sequence[tuple[Trial, Usage]]]  # of each variant, one for each round


def timed(step: Step, warmup: int, count: int) -> Trial:
    """Do `warmup` steps, and then `count` steps that are timed."""
    import torch

    on_gpu = torch.cuda.is_available()
    for _ in range(warmup):
        step()
    if on_gpu:
        torch.cuda.synchronize()
    began, processor = time.perf_counter(), time.process_time()
    counts = [step() for _ in range(count)]
    if on_gpu:
        torch.cuda.synchronize()
    seconds, processor = time.perf_counter() - began, time.process_time() - processor
    gpu = torch.cuda.max_memory_allocated() / 1e9 if on_gpu else 0.0
    tokens, others = map(sum, zip(*counts, strict=True))
    return Trial(tokens, others, seconds, processor, gpu)


def together(trials: Sequence[Trial]) -> Trial:
    """One trial of the trials of processes that did it together."""
    return Trial(
        sum(trial.tokens for trial in trials),
        sum(trial.others for trial in trials),
        max(trial.seconds for trial in trials),
        sum(trial.processor for trial in trials),
        sum(trial.gpu for trial in trials),
    )


def in_turns(
    function: Callable[..., Trial], variants: Sequence[Named], rounds: int, *arguments: object, busy: int = 0
) -> tuple[Trials, Trials]:
    """Call `function(variant, round, *arguments)` for variants A, B, A, B, …, each time in new processes.

    With `busy`, each is called once more right after, beside so many processes that only count. Returns the trials of
    the quiet machine and those of the busy one, which has none without `busy`.
    """
    quiet: dict[str, list[tuple[Trial, Usage]]] = {variant.name: [] for variant in variants}
    beside: dict[str, list[tuple[Trial, Usage]]] = {variant.name: [] for variant in variants} if busy else {}
    for number in range(1, rounds + 1):
        for variant in variants:
            for others, found in ((0, quiet), (busy, beside)) if busy else ((0, quiet),):
                with counting(others):
                    done, used = measure_together(variant.processes, function, variant, number, *arguments)
                found[variant.name].append((together(done), used))
    return quiet, beside


def chosen(variants: Sequence[AnyVariant], only: Sequence[str] | None) -> list[AnyVariant]:
    """The variants that were asked for by name; without names, all. Raises UserError for a name that none has."""
    names = [variant.name for variant in variants]
    if wrong := sorted({*(only or ())} - {*names}):
        raise UserError(f"--only {wrong[0]!r}: no variant has this name; there are: {'; '.join(names)}")
    return [variant for variant in variants if not only or variant.name in only]


def report(quiet: Trials, beside: Trials, others: str, busy: int) -> list[str]:
    """The tables of a bench in Markdown: of the quiet machine, of the busy one, and how they compare."""
    lines = ["", *speeds(quiet, others)]
    if beside:
        lines += [f"\nbeside {busy} busy {'process' if busy == 1 else 'processes'}:\n", *speeds(beside, others)]
        lines += ["", *quiet_to_busy(quiet, beside)]
    return lines


def quiet_to_busy(quiet: Trials, beside: Trials) -> list[str]:
    """A table of the share of its speed that each variant keeps on a busy machine: the median of the rounds."""
    lines = markdown_head(["variant", "quiet, tokens/s", "busy, tokens/s", "busy to quiet"])
    for name, rounds in quiet.items():
        pairs = list(zip(map(_rate, rounds), map(_rate, beside[name]), strict=True))
        before, after = (median(rates) for rates in zip(*pairs, strict=True))
        kept = median(slow / fast for fast, slow in pairs)
        lines.append(f"| {name} | {before:,.0f} | {after:,.0f} | {kept:.2f} |")
    return lines


def _rate(done: tuple[Trial, Usage]) -> float:
    return done[0].tokens / done[0].seconds


def speeds(trials: Trials, others: str) -> list[str]:
    """A table in Markdown: medians over the rounds. The first variant is ours.

    `ours to it` is the median of the ratios within a round, because the speed of a machine changes from round to round.
    On a busy machine, the ratio of processor seconds says more than that of seconds.
    """
    heads = ["variant", "target tokens/s", "from", "to", "tokens/processor s", f"{others}/s", "peak GB", "GPU GB"]
    (own, *_) = trials.values()
    lines = markdown_head([*heads, "ours to it, seconds", "ours to it, processor"])
    for name, rounds in trials.items():
        done = [trial for trial, _ in rounds]
        rates = [trial.tokens / trial.seconds for trial in done]
        per_processor = [trial.tokens / trial.processor for trial in done]
        quotients = [
            median(a.tokens / a.seconds / rate for (a, _), rate in zip(own, rates, strict=True)),
            median(a.tokens / a.processor / rate for (a, _), rate in zip(own, per_processor, strict=True)),
        ]
        cells = [median(rates), min(rates), max(rates), median(per_processor)]
        cells.append(median(trial.others / trial.seconds for trial in done))
        memory = max(used.peak for _, used in rounds), max(trial.gpu for trial in done)
        texts = [f"{cell:,.{0 if cell >= 100 else 1}f}" for cell in cells]
        lines.append(f"| {' | '.join([name, *texts, *(f'{cell:.2f}' for cell in (*memory, *quotients))])} |")
    return lines


def markdown_head(heads: Sequence[str]) -> list[str]:
    """The first two lines of a table."""
    return [f"| {' | '.join(heads)} |", f"|:--|{'--:|' * (len(heads) - 1)}"]


def add_arguments(arguments: argparse.ArgumentParser) -> None:
    """Add the arguments of both benches."""
    arguments.add_argument("--subwords", type=Path, required=True, help="folder with the codes and settings of shards")
    arguments.add_argument("--vocabulary", type=Path, help="vocabulary.tsv of the shards (default: that of --subwords)")
    arguments.add_argument("--rows", type=int, default=8000, help="rows of it that the models have; 0: all")
    arguments.add_argument("--preset", choices=PRESETS, help="sizes by name, in place of --width and --layers")
    arguments.add_argument("--width", type=int, default=256)
    arguments.add_argument("--layers", type=int, default=3, help="of the encoder, and as many of the decoder")
    arguments.add_argument("--precision", choices=["auto", "float32", "bfloat16"], default="auto")
    arguments.add_argument("--threads", type=int, default=os.cpu_count())
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--only", nargs="+", metavar="VARIANT", help="time these variants alone, by their names")
    arguments.add_argument(
        "--busy", type=int, default=0, help="time all once more beside so many processes that only count"
    )


def sizes_of(options: argparse.Namespace) -> ModelConfig:
    """The sizes of the options, with the layer norms and positions that MBart has."""
    shape: dict[str, Any] = {"preset": options.preset}
    if not options.preset:
        shape = {
            "width": options.width,
            "feedforward": 4 * options.width,
            "heads": max(1, options.width // 64),
            "encoder_layers": options.layers,
            "decoder_layers": options.layers,
        }
    return ModelConfig.model_validate({**shape, "norm": "pre", "positions": "learned"})


def fewer_rows(options: argparse.Namespace, shards: Sequence[Path], folder: Path) -> tuple[Path, list[Path]]:
    """The vocabulary cut to `--rows` and copies of the shards with it. Without a cut, both as they are.

    Ids of other rows become <unk>. Raises UserError for shards made with another vocabulary.
    """
    path = options.vocabulary or options.subwords / VOCABULARY
    whole = Vocabulary.read(path)
    if not 0 < options.rows < len(whole):
        return path, list(shards)
    folder.mkdir(exist_ok=True)
    kept = Vocabulary(whole.pieces[: options.rows], whole.counts[: options.rows])
    kept.write(folder / VOCABULARY)
    copies = [folder / str(number) for number in range(len(shards))]
    for source, copy in zip(shards, copies, strict=True):
        copy.mkdir()
        for part in parts_of(source, whole):
            _copy_part(part, copy / part.name, kept)
    return folder / VOCABULARY, copies


def _copy_part(part: Path, copy: Path, vocabulary: Vocabulary) -> None:
    table = pq.read_table(part).combine_chunks()
    languages = tuple(table[f"{side}_lang"][0].as_py() for side in SIDES) if len(table) else ("en", "en")
    sides = []
    for side in SIDES:
        lists = lists_of(table[side].combine_chunks())
        known = np.where(lists.values < len(vocabulary), lists.values, UNKNOWN_ID)
        sides.append(Ragged(known, lists.starts))
    write_part(copy, [(sides[0], sides[1])], (languages[0], languages[1]), vocabulary, SEED, {})
