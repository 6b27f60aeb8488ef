"""Training on one GPU at mRASP's size, a row of a table for each size of a batch:

`python -m bench.gpu_training FOLDER/train/en-de --dev FOLDER/dev/en-de --subwords FOLDER/subwords --variant ours`

bench/gpu.sh calls it for each variant. FOLDER is what bench/made_up.py writes; both sides of its pairs are equally
long. Target tokens are counted without padding. The utilisation is that of matrix products: 6 operations for each
weight, token and pass, to what large products reach on this device. The share of the vocabulary is the time between the
start and the end of the loss over it, its gradients included (`over_vocabulary`). Without a GPU it runs on the
processor.
"""

import gc
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from bench.train_throughput import Variant, add_training_arguments, begun, run_config
from bench.trial import Trial, markdown_head, timed
from model.command import parser, run
from model.config.run import IntraDistillation, RunConfig
from model.machine.devices import choose_device, choose_precision, matrix_rate
from model.network.transformer import Transformer
from model.text.vocabulary import Vocabulary
from model.training import learner

TWO_PASSES = IntraDistillation(passes=2)
VARIANTS = {
    "ours": Variant("ours", compiled=True),
    "ours-eager": Variant("ours, not compiled"),
    "ours-eager-padded": Variant("ours, not compiled, padded", padded=True),
    "ours-two-passes": Variant("ours, two passes", compiled=True, distillation=TWO_PASSES),
    "ours-two-passes-eager": Variant("ours, two passes, not compiled", distillation=TWO_PASSES),
    "mbart": Variant("MBart, sdpa", "sdpa"),
    "mbart-compiled": Variant("MBart, sdpa, compiled", "sdpa", compiled=True),
}
HEADS = ["variant", "batch", "target tokens/s", "ms an update", "utilisation", "share of the vocabulary", "GPU GB"]


class Spans:
    """Times between the start and the end of each call of a function, measured on the device."""

    def __init__(self, on_gpu: bool):
        self.on_gpu, self.spans = on_gpu, list[tuple[Any, Any]]()

    def _now(self) -> Any:
        if not self.on_gpu:
            return time.perf_counter()
        event = torch.cuda.Event(enable_timing=True)
        event.record()
        return event

    def watched(self, function: Callable) -> Callable:
        """The function, with its calls timed. torch.compile does not look into it."""

        def timed_function(*arguments: object, **named: object) -> Any:
            began = self._now()
            result = function(*arguments, **named)
            self.spans.append((began, self._now()))
            return result

        return torch.compiler.disable(timed_function)  # type: ignore[no-any-return]

    def seconds(self, last: int) -> float:
        """The sum of the last calls. Waits for the device."""
        if not self.on_gpu:
            return sum(end - began for began, end in self.spans[-last:]) if last else 0.0
        torch.cuda.synchronize()
        return sum(began.elapsed_time(end) for began, end in self.spans[-last:]) / 1000 if last else 0.0


def weights_of(config: RunConfig) -> int:
    """The weights that each token is multiplied with: those of the layers and of the output."""
    with torch.device("meta"):
        model = Transformer(config.model, len(Vocabulary.read(config.vocabulary)))
    parts = (model.encoder, model.decoder, model.embedding.tokens)
    return sum(parameter.numel() for part in parts for parameter in part.parameters())


def measured(variant: Variant, config: RunConfig, spans: Spans, warmup: int, updates: int) -> tuple[Trial, float]:
    """Some updates of a variant, and the seconds of the loss over the vocabulary in them."""
    gc.collect()  # the model of the size before
    if spans.on_gpu:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    with tempfile.TemporaryDirectory() as folder:
        update = begun(variant, config, Path(folder)).update
        for _ in range(warmup):
            update()
        before = len(spans.spans)
        trial = timed(update, 0, updates)
        return trial, spans.seconds(len(spans.spans) - before)


def row(variant: Variant, config: RunConfig, trial: Trial, of_loss: float, updates: int) -> str:
    """A row of the table in Markdown."""
    device = choose_device()
    peak = matrix_rate(device, choose_precision(config.training.precision, device, config.model.width))
    passes = variant.distillation.passes if variant.distillation else 1
    used = 6.0 * weights_of(config) * passes * trial.tokens / trial.seconds / peak
    share = f"{of_loss / trial.seconds:.1%}" if variant.attention is None else "–"
    cells = [f"{config.training.batch_tokens:,}", f"{trial.tokens / trial.seconds:,.0f}"]
    cells += [f"{1000 * trial.seconds / updates:.1f}", f"{used:.1%}", share, f"{trial.gpu:.2f}"]
    return f"| {variant.name} | {' | '.join(cells)} |"


def main() -> None:
    """Measure a variant, and print its rows."""
    arguments = parser(__doc__)
    add_training_arguments(arguments)
    arguments.add_argument("--variant", choices=VARIANTS, required=True)
    arguments.add_argument("--head", action="store_true", help="print the head of the table before the rows")
    arguments.add_argument("--tokens", type=int, nargs="+", default=[16_384, 32_768], help="sizes of a batch")
    options = arguments.parse_args()
    if options.head:
        print("\n".join(markdown_head(HEADS)), flush=True)
    spans = Spans(torch.cuda.is_available())
    learner.over_vocabulary = spans.watched(learner.over_vocabulary)
    variant = replace(VARIANTS[options.variant], threads=torch.get_num_threads())
    with tempfile.TemporaryDirectory() as folder:
        config = run_config(options, Path(folder))
        for tokens in options.tokens:
            settings = config.training.model_copy(update={"batch_tokens": tokens})
            sized = config.model_copy(update={"training": settings})
            trial, of_loss = measured(variant, sized, spans, options.warmup, options.updates)
            print(row(variant, sized, trial, of_loss, options.updates), flush=True)


if __name__ == "__main__":
    run(main)
