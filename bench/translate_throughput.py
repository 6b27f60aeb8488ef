"""Sentences a second in beam search, compared with Hugging Face's MBart and CTranslate2:

`python -m bench.translate_throughput results/help29/shards/original/en-de --subwords results/help29/subwords`

All get the same batches of source ids of the shards, sorted by length. Weights are random. To make the work the same,
no hypothesis may end before it has `--length` subwords after the language token; every length is checked. Ours is
`model/decoding/generate.py`, as users run it: processes of one thread each share the batches, and for comparison one
process has as many threads. CTranslate2 runs our model, converted by `model/interop/ctranslate2.py`. Reading and
writing text is not included. Variants alternate, each time in new processes with the same number of threads in all. The
first `--warmup` batches of each process are not timed; they are translated again. With `--busy 1`, each variant is
timed once more beside a process that only counts.
"""

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.trial import SEED, Trial, add_arguments, chosen, fewer_rows, in_turns, report, sizes_of, timed
from model.command import UserError, parser, run
from model.config.model import ModelConfig
from model.config.search import SearchConfig
from model.shards.examples import read_shards
from model.text.vocabulary import END_ID, Vocabulary

if TYPE_CHECKING:
    import torch

NEVER = 1e4  # taken from the score of </s>, so that it is chosen only where nothing else may be
Translate = Callable[[list[list[int]]], list[int]]  # a batch of source ids → the lengths of its translations


@dataclass(frozen=True)
class Variant:
    """A way to translate."""

    name: str
    engine: str  # a key of ENGINES
    kind: str = ""  # of MBart its attention, of the others their number format, if it is not --precision
    processes: int = 1  # which share the batches and the threads


@dataclass(frozen=True)
class Work:
    """The work of all variants."""

    model: Path  # our model folder, with random weights
    converted: Path  # the same for CTranslate2
    sizes: ModelConfig
    vocabulary: Path
    batches: list[list[list[int]]]  # of source ids with their controls
    language: int  # id of the target language's token
    search: SearchConfig
    length: int
    threads: int
    precision: str


def ours(work: Work, kind: str) -> Translate:
    """The search of this project. Only this function uses its internals.

    The longest output depends on the source, so max_positions is set to the wanted length.
    """
    import torch

    from model.decoding.generate import generate
    from model.decoding.steps import cast_once, forbidden_rows
    from model.machine.devices import choose_device, choose_precision, keep_freed_memory
    from model.network.folder import load_model

    keep_freed_memory()
    device = choose_device()
    model, tokenizer = load_model(work.model, device)
    model = cast_once(model, choose_precision(kind or work.precision, device, work.sizes.width))
    vocabulary = tokenizer.vocabulary
    forbidden = forbidden_rows(vocabulary).to(device)
    model.config = work.sizes.model_copy(update={"max_positions": work.length + 2})
    logits = model.logits

    def never_ending(states: torch.Tensor) -> torch.Tensor:
        scores = logits(states)
        scores[:, END_ID] -= NEVER
        return scores

    model.logits = never_ending  # type: ignore[method-assign]
    search = work.search.model_copy(update={"max_length_factor": float(work.length)})

    def translate(batch: list[list[int]]) -> list[int]:
        found = generate([model], padded(batch).to(device), work.language, search, forbidden)
        return [len(best.ids) + 1 for best, *_ in found]  # </s> is the last of them

    return translate


def mbart(work: Work, attention: str) -> Translate:
    """Hugging Face's `generate`."""
    import torch

    from bench import huggingface
    from model.machine.devices import choose_device, choose_precision

    device = choose_device()
    torch.manual_seed(SEED)
    rows = len(Vocabulary.read(work.vocabulary))
    dtype = choose_precision(work.precision, device, work.sizes.width)
    model = huggingface.mbart(work.sizes, rows, attention).to(device, dtype).eval()

    def translate(batch: list[list[int]]) -> list[int]:
        search = work.search.beam, work.search.length_penalty, work.length
        return huggingface.generate(model, padded(batch).to(device), work.language, *search)

    return translate


def ctranslate2(work: Work, compute_type: str) -> Translate:
    """CTranslate2's `translate_batch`."""
    from ctranslate2 import Translator, get_cuda_device_count

    device = "cuda" if get_cuda_device_count() else "cpu"
    translator = Translator(
        str(work.converted), device, compute_type=compute_type, inter_threads=1, intra_threads=work.threads
    )
    pieces = Vocabulary.read(work.vocabulary).pieces

    def translate(batch: list[list[int]]) -> list[int]:
        found = translator.translate_batch(
            [[pieces[i] for i in ids[:-1]] for ids in batch],  # it adds </s> itself
            target_prefix=[[pieces[work.language]]] * len(batch),
            beam_size=work.search.beam,
            length_penalty=work.search.length_penalty,
            max_decoding_length=work.length + 1,
            min_decoding_length=work.length + 1,
            max_input_length=0,
        )
        return [len(result.hypotheses[0]) - 1 for result in found]  # the prefix is part of it

    return translate


ENGINES: dict[str, Callable[[Work, str], Translate]] = {"ours": ours, "mbart": mbart, "ctranslate2": ctranslate2}
OTHERS = [
    Variant("MBart, eager", "mbart", "eager"),
    Variant("MBart, sdpa", "mbart", "sdpa"),
    Variant("CTranslate2, float32", "ctranslate2", "float32"),
    Variant("CTranslate2, int8", "ctranslate2", "int8"),
]


def padded(batch: list[list[int]]) -> "torch.Tensor":
    """Ids [B, S], padded on the right."""
    import torch
    from torch.nn.utils.rnn import pad_sequence

    return pad_sequence([torch.tensor(ids) for ids in batch], batch_first=True)  # <pad> is row 0


def speed(variant: Variant, _: int, work: Work, warmup: int) -> Trial:
    """Time all batches. Raises UserError where a translation has another length than was asked for."""
    import torch

    torch.set_num_threads(max(1, work.threads // variant.processes))
    translate = ENGINES[variant.engine](work, variant.kind)
    batches = work.batches[int(os.environ.get("RANK", 0)) :: variant.processes]
    warmup = min(warmup, len(batches))
    waiting = iter([*batches[:warmup], *batches])

    def step() -> tuple[int, int]:
        lengths = translate(next(waiting))
        if set(lengths) != {work.length}:
            wrong = sorted(set(lengths) - {work.length})
            raise UserError(f"{variant.name}: wrote {wrong} subwords in place of {work.length}; the work is not equal")
        return sum(lengths), len(lengths)

    return timed(step, warmup, len(batches))


def sources(shards: list[Path], vocabulary: Path, sentences: int, batch: int, room: int) -> tuple[list, int]:
    """Source ids of random sentences, in batches by length, and the target language's token.

    Sentences of more than `room` subwords, control tokens included, are left out. Raises UserError if too few are left.
    """
    examples = read_shards(shards, Vocabulary.read(vocabulary))
    (fitting,) = np.nonzero(examples.source.segments.lengths() + 2 <= room)
    if len(fitting) < sentences:
        raise UserError(f"{shards[0]}: {len(fitting)} sentences fit; ask for fewer --sentences or give more shards")
    chosen = np.random.default_rng(SEED).permutation(fitting)[:sentences]
    ids = [[int(examples.source.language[i]), *examples.source.segments[i].tolist(), END_ID] for i in chosen]
    ids.sort(key=len)
    return [ids[i : i + batch] for i in range(0, sentences, batch)], int(examples.target.language[chosen[0]])


def write_model(work: Work, subwords: Path) -> None:
    """Write a model folder with random weights."""
    import torch

    from model.network.folder import save_model
    from model.network.transformer import Transformer

    torch.manual_seed(SEED)
    vocabulary = Vocabulary.read(work.vocabulary)
    model = Transformer(work.sizes, len(vocabulary))
    save_model(work.model, model.state_dict(), work.sizes, subwords, vocabulary, {})


def converted(work: Work) -> str:
    """Convert our model for CTranslate2. Returns why it cannot be done, or nothing."""
    try:
        import ctranslate2  # noqa: F401

        from model.interop.ctranslate2 import convert
    except ImportError as error:
        return f"CTranslate2 is not measured: no {error.name}"
    convert(work.model, work.converted, None)
    return ""


def main() -> None:
    """Measure and print a table."""
    from model.machine.devices import choose_device, has_int8

    arguments = parser(__doc__)
    arguments.add_argument("shards", type=Path, nargs="+", help="folders of shards of one direction")
    add_arguments(arguments)
    arguments.add_argument("--sentences", type=int, default=512)
    arguments.add_argument("--batch", type=int, default=64, help="sentences of a batch")
    arguments.add_argument("--length", type=int, default=30, help="subwords of each translation, </s> included")
    arguments.add_argument("--beam", type=int, default=5)
    arguments.add_argument("--warmup", type=int, default=1, help="batches before those that are timed")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, sizes = Path(name), sizes_of(options)
        vocabulary, shards = fewer_rows(options, options.shards, folder / "rows")
        batches, language = sources(shards, vocabulary, options.sentences, options.batch, sizes.max_positions)
        work = Work(
            folder / "model",
            folder / "ctranslate2",
            sizes,
            vocabulary,
            batches,
            language,
            SearchConfig(beam=options.beam),
            options.length,
            options.threads,
            options.precision,
        )
        write_model(work, options.subwords)
        missing = converted(work)
        others = [v for v in OTHERS if v.engine != "ctranslate2" or not missing]
        processes = min(options.threads, len(batches)) if choose_device().type == "cpu" else 1
        own = [Variant("ours", "ours", processes=processes), Variant("ours, one process", "ours")][:processes]
        if has_int8(choose_device()):
            own.append(Variant("ours, int8", "ours", "int8", processes))
        variants = chosen([*own, *others], options.only)
        print(f"{sizes}\n{options.threads} threads, {options.precision}, beam {options.beam}", flush=True)
        trials = in_turns(speed, variants, options.rounds, work, options.warmup, busy=options.busy)
        print("\n".join(report(*trials, "sentences", options.busy)))
        print(f"\n{missing}" * bool(missing), end="")


if __name__ == "__main__":
    run(main)
