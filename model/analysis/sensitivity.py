"""Measure how sensitive a loss is to each parameter of a trained model (Xu et al. 2023, section 5.1).

`python -m model.analysis.sensitivity run.json --model FOLDER --objective translation --language gl gl.npy` measures it
on batches of Galician, with `--others` on those of all other languages, and without `--language` on those of all. The
loss is that of the run's training, with its label smoothing and intra-distillation. An index of the parameters,
gl.json, is written beside the vector.
"""

import argparse
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn

from model.analysis.parameter_vector import Parameter, write_vector
from model.batches.collate import Batch
from model.batches.stream import Stream
from model.command import UserError, parser, run
from model.config.run import RunConfig, Task, read_run
from model.machine.devices import add_threads, autocast, choose_device, choose_precision, use_processor
from model.objectives import folders_of_language
from model.progress import track
from model.records import unknown
from model.text.tokenizer import Tokenizer
from model.text.words import Words
from model.training.build import build_model
from model.training.learner import Learner

Item = TypeVar("Item")


def sensitivity(
    model: nn.Module, batches: Iterable[Item], loss: Callable[[Item], tuple[Tensor, int]]
) -> dict[str, Tensor]:
    """S(θ, B): the mean over batches of |θ · g|, for each parameter by name, in float64.

    loss: a batch → its summed loss and its number of tokens. g is the gradient of the mean loss of a token in one
    batch, so that large and small batches have the same weight; the authors' code takes the sum. The absolute value is
    taken for each batch. It is not |θ · mean of g|, in which opposite gradients of batches would cancel. The caller
    decides about dropout by the model's mode.
    """
    # In float64, because hundreds of values of very different sizes are added.
    sums = {name: torch.zeros_like(p, dtype=torch.float64) for name, p in model.named_parameters()}
    count = 0
    for batch in batches:
        model.zero_grad(set_to_none=True)
        total, tokens = loss(batch)
        (total / tokens).backward()
        for name, parameter in model.named_parameters():
            if parameter.grad is not None:
                sums[name] += (parameter.detach() * parameter.grad).abs_()
        count += 1
    model.zero_grad(set_to_none=True)
    return {name: total.div_(max(1, count)) for name, total in sums.items()}


def parameters_of(model: nn.Module) -> list[Parameter]:
    """All parameters of a model in its order, tied ones once.

    Weights and biases of linear layers and embeddings can be pruned: all parameters but those of layer norms.
    """
    kept = {p for module in model.modules() if isinstance(module, nn.LayerNorm) for p in module.parameters()}
    found, offset = [], 0
    for name, parameter in model.named_parameters():
        found.append(Parameter(name=name, shape=parameter.shape, offset=offset, prunable=parameter not in kept))
        offset += parameter.numel()
    return found


def task_of_language(config: RunConfig, objective: str, language: str | None, others: bool) -> Task:
    """The task of a run with only the shards of a language, of all others, or of all if `language` is None.

    Raises UserError for an objective that the run does not have, and if there are no such shards.
    """
    tasks = {task.objective: task for task in config.tasks}
    if objective not in tasks:
        raise UserError(f"--objective {unknown(objective, tasks)}; run {config.run} learns by no other")
    task = tasks[objective]
    if language is None:
        return task
    own = folders_of_language(objective, task.shards, language)
    chosen = [folder for folder in task.shards if folder not in own] if others else own
    if not chosen:
        which = "no others" if others else "none such"
        raise UserError(
            f"--language {language}: run {config.run} has {which} among its shards of {objective}; name another"
        )
    return task.model_copy(update={"shards": chosen})


def measure(
    config: RunConfig, folder: Path, task: Task, count: int, dropout: bool
) -> tuple[list[Parameter], dict[str, Tensor]]:
    """The parameters of a run's model folder, and the sensitivity of the loss of a task to each.

    The batches are the first `count` of a training with only this task, without those that have no token to predict.
    Intra-distillation has the weight of the last update. Raises UserError if the folder is not of the run.
    """
    torch.manual_seed(config.seed)
    settings, distillation, device = config.training, config.intra_distillation, choose_device()
    if not dropout:
        settings = settings.model_copy(update={"dropout": 0.0, "attention_dropout": 0.0})
    config = config.model_copy(update={"init": str(folder), "training": settings})
    tokenizer = Tokenizer(folder)
    model, sizes = build_model(config, tokenizer.vocabulary)
    learner = Learner(model.to(device).train(), settings.label_smoothing, distillation)
    learner.set_alpha(settings.updates, settings.updates)
    precision = choose_precision(settings.precision, device, sizes.width)
    stream = Stream(config.model_copy(update={"model": sizes}), task, Words(tokenizer))

    def loss(batch: Batch) -> tuple[Tensor, int]:
        with autocast(device, precision):
            return learner(batch.to(device)), batch.tokens

    made = (planned.make() for planned in stream.planned(warn=True))
    batches = (batch for batch in made if batch.tokens)
    shown = track(islice(batches, count), count, config.run, "batches")
    return parameters_of(model), sensitivity(model, shown, loss)


def _options() -> argparse.Namespace:
    arguments = parser(__doc__)
    arguments.add_argument("run", type=Path, help="run.json")
    arguments.add_argument("--model", type=Path, required=True, metavar="FOLDER", help="the run's model folder")
    arguments.add_argument("--objective", default="translation", help="that the run learns by (default: %(default)s)")
    arguments.add_argument("--language", metavar="CODE", help="whose batches to take (default: those of all)")
    arguments.add_argument("--others", action="store_true", help="take the batches of all but that language")
    arguments.add_argument("--batches", type=int, default=500, metavar="N", help="so many (default: %(default)s)")
    arguments.add_argument("--no-dropout", action="store_true", help="leave dropout out, which training has")
    add_threads(arguments)
    arguments.add_argument("output", type=Path, help="file to write, .npy")
    return arguments.parse_args()


def main() -> None:
    """Measure one model on one task."""
    options = _options()
    if options.others and not options.language:
        raise UserError("--others: than which? name it with --language")
    if options.batches < 1:
        raise UserError(f"--batches {options.batches}: too few; give at least 1")
    if options.output.suffix != ".npy":
        raise UserError(f"{options.output}: not the name of a vector; choose one that ends in .npy")
    use_processor(options.threads)
    config = read_run(options.run)
    task = task_of_language(config, options.objective, options.language, options.others)
    parameters, found = measure(config, options.model, task, options.batches, not options.no_dropout)
    about = {"run": config.run, "batches": options.batches, "dropout": not options.no_dropout, **task.model_dump()}
    write_vector(options.output, parameters, (found[p.name].cpu().numpy() for p in parameters), about)


if __name__ == "__main__":
    run(main)
