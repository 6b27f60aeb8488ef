"""Results of a run: metrics.jsonl, and at the end the folder model/ with the best weights on dev."""

import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path

from torch import Tensor

from model.command import UserError
from model.config.run import RunConfig
from model.config.training import TrainingConfig
from model.network.folder import read_weights, save_model
from model.network.transformer import Transformer
from model.training.checkpoint import Checkpoints, TrainingState
from model.training.validation import Dev
from model.writing import whole_file


def score(row: dict[str, float], settings: TrainingConfig) -> float:
    """The score of a row of metrics, the lower the better: the dev loss, or minus the dev BLEU."""
    return -row["dev_bleu"] if settings.best_by == "dev_bleu" else row["dev_loss"]


def updates_to_average(state: TrainingState, settings: TrainingConfig) -> list[int]:
    """The updates whose weights are averaged: those of the last evaluations, or of the best so far."""
    rows = state.metrics
    if settings.average_of == "best":
        rows = sorted(rows, key=lambda row: score(row, settings))[: settings.average]
    return [int(row["update"]) for row in rows[-settings.average :]] if settings.average else []


def updates_to_keep(state: TrainingState, settings: TrainingConfig, updates: Sequence[int]) -> list[int]:
    """The updates whose checkpoints stay: the last ones, the best, those to be averaged, and those that are named.

    updates: all that have a checkpoint.
    """
    before = [update for update in updates if update < state.update]
    last = before[1 - settings.keep_checkpoints :] if settings.keep_checkpoints > 1 else []
    return [*last, state.best_update, *updates_to_average(state, settings), *settings.keep_updates]


def replace_lost_best(state: TrainingState, checkpoints: Checkpoints, settings: TrainingConfig) -> None:
    """If the best checkpoint is missing or damaged, make the best of the whole ones the best; without any, none.

    Training forgets the former best when it saves a better one. If that one is damaged later, both are lost.
    """
    if not state.metrics or checkpoints.is_whole(state.best_update):
        return
    whole = [row for row in state.metrics if checkpoints.is_whole(int(row["update"]))]
    best = min(whole, key=lambda row: score(row, settings), default=None)
    lost, state.best_update, state.best_score = state.best_update, 0, math.inf
    if best:
        state.best_update, state.best_score = int(best["update"]), score(best, settings)
    if not lost:  # that was told before
        return
    print(
        f"warning: {checkpoints.path(lost)}: the best so far, but missing or damaged;"
        f" {f'update {state.best_update} is the best now' if best else 'no other evaluation has a checkpoint'}",
        file=sys.stderr,
        flush=True,
    )


def mean_of_weights(folders: Sequence[Path]) -> dict[str, Tensor]:
    """The mean of the weights of several folders, summed in float64."""
    sums: dict[str, Tensor] = {}
    for folder in folders:
        for name, tensor in read_weights(folder).items():
            sums[name] = sums[name] + tensor if name in sums else tensor.double()
    return {name: (total / len(folders)).float() for name, total in sums.items()}


def write_metrics(folder: Path, state: TrainingState) -> None:
    """Write the learning curve so far as metrics.jsonl, completely or not at all."""
    with whole_file(folder / "metrics.jsonl") as part:
        part.write_text("".join(json.dumps(row) + "\n" for row in state.metrics))


def publish(config: RunConfig, folder: Path, model: Transformer, dev: Dev, state: TrainingState) -> None:
    """Write the best weights as model/, and the learning curve. Only one process calls this.

    If averaged weights are better on dev than those of the best update, they are written instead.
    """
    checkpoints, settings = Checkpoints(folder / "checkpoints"), config.training
    replace_lost_best(state, checkpoints, settings)
    if not state.best_update:
        raise UserError(f"{checkpoints.folder}: no checkpoint of an evaluation can be read; run the command again")
    weights = read_weights(checkpoints.path(state.best_update))
    about: dict[str, object] = {"run": config.run, "best_update": state.best_update}
    best = next(row for row in state.metrics if row["update"] == state.best_update)
    averaged = [update for update in updates_to_average(state, settings) if checkpoints.is_whole(update)]
    if len(averaged) > 1:
        mean = mean_of_weights([checkpoints.path(update) for update in averaged])
        model.load_state_dict(mean)
        row = dev.scores(model)
        if score(row, settings) < state.best_score:
            weights, best = mean, row
            about["averaged_updates"] = averaged
    about |= {name: best[name] for name in ("dev_loss", "dev_bleu") if name in best}
    if best["dev_loss"] >= (guess := dev.loss_of_a_guess(model.config)):
        print(
            f"warning: runs.{config.run}: its best dev loss, {best['dev_loss']:.3f}, is no better than a guess by the"
            f" frequency of tokens, {guess:.3f}, so it has not learned to translate; lower training.learning_rate, or"
            " raise training.updates",
            file=sys.stderr,
            flush=True,
        )
    write_metrics(folder, state)
    save_model(folder / "model", weights, model.config, Path(config.subwords), dev.vocabulary, about)
