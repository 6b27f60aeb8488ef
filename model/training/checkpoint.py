"""Checkpoints of a run: everything needed to continue it exactly.

`checkpoints/update-00000500/` has model.safetensors, optimizer.safetensors, state.json and their digests. A folder with
its final name is complete, whenever the run was killed. It has no state of a random generator, because each batch has
its own seed.

On a GPU, training goes on while a copy of weights and moments is written. It costs the processor's memory, so a
training on a processor waits for its writing instead.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import torch
from safetensors.torch import load_file
from torch import nn

from model.command import UserError
from model.config.model import read_config
from model.config.run import RunConfig
from model.network.folder import WEIGHTS, write_tensors
from model.records import write_json
from model.text.tokenizer import VOCABULARY, subword_files
from model.training.optimisation import LARGEST
from model.writing import lock, whole_folder

OPTIMIZER, STATE = "optimizer.safetensors", "state.json"
DIGESTS = "SHA256SUMS"  # of the other files, as sha256sum writes and checks them
# Settings that may change while a run is trained, whatever its schedule.
FREE = {
    "keep_checkpoints", "keep_updates", "checkpoint_every", "evaluation_share", "patience", "compile", "deterministic"
}  # fmt: skip


def free_settings(config: RunConfig) -> set[str]:
    """The settings of `training` that may change while a run is trained.

    `updates` is one of them if an update does not depend on how many there will be: with `schedule: inverse_sqrt`, and
    without an alpha that rises. Then a training that has ended goes on if it is given more updates.
    """
    distillation = config.intra_distillation
    rising = distillation is not None and distillation.schedule == "adaptive"
    return FREE | ({"updates"} if config.training.schedule == "inverse_sqrt" and not rising else set())


def fingerprint(config: RunConfig, free: set[str] | None = None) -> str:
    """A hash of what determines a run's weights: run.json, subwords, shards and the model it starts from.

    free: the keys of `training` that do not count; by default those of `free_settings`.
    """
    free = free_settings(config) if free is None else free
    hashed = hashlib.sha256(config.model_dump_json(exclude={"training": free}).encode())
    shards = [folder for task in config.tasks for folder in task.shards]
    folders = [Path(folder) for folder in (*shards, *config.dev)]
    files = [Path(config.vocabulary), *(Path(config.subwords, name) for name in subword_files(config.subwords))]
    files += [path for folder in folders for path in sorted(folder.glob("part-*.parquet"))]
    if config.init:
        hashed.update(read_config(config.init).model_dump_json().encode())  # without what config.json tells of its run
        files += [Path(config.init, WEIGHTS), Path(config.init, VOCABULARY)]
    for path in files:
        hashed.update(_digest(path))
    return hashed.hexdigest()


def _digest(path: Path) -> bytes:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


@dataclass
class TrainingState:
    """The state of a run without its tensors."""

    fingerprint: str
    update: int = 0
    data: list[dict[str, int]] = field(default_factory=list)  # positions of the streams, see Mixture
    best_update: int = 0
    best_score: float = float("inf")  # dev loss, or minus dev BLEU
    metrics: list[dict[str, float]] = field(default_factory=list)  # a row for each evaluation
    # Of each objective, since the last evaluation:
    losses: dict[str, float] = field(default_factory=dict)  # sums
    tokens: dict[str, int] = field(default_factory=dict)  # predicted tokens in these sums
    norms: list[float] = field(default_factory=list)  # norms of the last gradients
    limits: list[float] = field(default_factory=lambda: [LARGEST] * 2)  # of the norms of the next two updates
    skipped: int = 0  # updates skipped in a row
    code: str = ""  # a name of the code with which the training began


class Checkpoints:
    """The checkpoints folder of one run.

    background: whether `save` returns before all is written. `finish` waits for it, and so does the end of a `with`.
    """

    def __init__(self, folder: Path, background: bool = False):
        self.folder = folder
        self._thread = ThreadPoolExecutor(1) if background else None
        self._writing: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.finish()

    def path(self, update: int) -> Path:
        """The folder of one update."""
        return self.folder / f"update-{update:08d}"

    def all(self) -> list[Path]:
        """The folders with a final name, the oldest first. Copies that somebody made under other names do not count."""
        named = [path for path in self.folder.glob("update-*") if re.fullmatch(r"update-\d{8,}", path.name)]
        return sorted(named, key=_update_of)

    def updates(self) -> list[int]:
        """The updates that have a checkpoint, in increasing order."""
        return [_update_of(path) for path in self.all()]

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Lock the folder. Waits while another process has the lock, such as one whose parent was killed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / "lock", "a") as file:
            try:
                lock(file, file.name)
            except BlockingIOError:
                print(f"{self.folder}: another process trains this run; waiting for it", flush=True)
                lock(file, file.name, wait=True)
            yield

    def is_whole(self, update: int) -> bool:
        """Whether the checkpoint of an update is there, with all files as they were written."""
        try:
            _check(self.path(update))
        except (OSError, ValueError):
            return False
        return True

    def save(
        self, state: TrainingState, model: nn.Module, optimizer: torch.optim.Optimizer, keep: Collection[int]
    ) -> None:
        """Write a checkpoint, completely or not at all. Then delete all others but those of the updates in `keep`.

        Raises UserError if it cannot be written, in the background when the next one is saved or all are finished.
        Nothing is deleted then.
        """
        self.finish()
        tensors = {WEIGHTS: dict(model.state_dict()), OPTIMIZER: _flatten(optimizer)}
        if self._thread:
            copies = {name: _copies(some) for name, some in tensors.items()}
            self._writing = self._thread.submit(self._write, state.update, copies, asdict(state), keep)
        else:
            self._write(state.update, tensors, asdict(state), keep)

    def finish(self) -> None:
        """Wait until the last checkpoint is written. Raises UserError if it could not be."""
        writing, self._writing = self._writing, None
        if writing:
            writing.result()

    def _write(
        self, update: int, tensors: dict[str, dict[str, torch.Tensor]], state: dict[str, Any], keep: Collection[int]
    ) -> None:
        target = self.path(update)
        try:
            with whole_folder(target) as part:
                for name, some in tensors.items():
                    write_tensors(part / name, some)
                write_json(part / STATE, state)
                (part / DIGESTS).write_text(_digests(part))
        except OSError as error:
            raise UserError(
                f"{target}: could not be written ({error}); free space, and run the command again:"
                " it continues from the checkpoint before"
            ) from None
        wanted = {target, *map(self.path, keep)}
        for old in {*self.all(), *self.folder.glob("update-*.part")} - wanted:
            _remove(old)

    def latest_of(self, begun: TrainingState, config: RunConfig) -> TrainingState:
        """The state of the latest checkpoint of a training, or `begun`, its first state, if there is none.

        Checkpoints of other trainings are moved to folders first. Raises UserError if all are damaged.
        """
        own, others = begun.fingerprint, {_fingerprint_of(path) for path in self.all()} - {begun.fingerprint, None}
        # An earlier version counted the updates in any case. The shards are read again only where that can matter.
        self._set_aside(own, fingerprint(config, FREE) if others else own, config.training.updates)
        state = self.latest() or begun
        state.fingerprint = begun.fingerprint
        return state

    def _set_aside(self, fingerprint: str, earlier: str, updates: int) -> None:
        """Move checkpoints that are not of this training to folders, and move back those that are.

        updates: those of the training; later checkpoints are of a longer one.
        """
        ours, later = (fingerprint, earlier), self.folder / "later"
        for path in self.all():
            other = _fingerprint_of(path)
            if other and other not in ours:
                self._move(path, self._aside(other), "run, data or version changed since")
        for path in (*self._aside(fingerprint).glob("update-*"), *later.glob("update-*")):
            if _fingerprint_of(path) in ours and not (self.folder / path.name).exists():
                path.rename(self.folder / path.name)
        for path in self.all():
            if _update_of(path) > updates:
                self._move(path, later, f"the run has only {updates} updates now")

    def _move(self, path: Path, aside: Path, why: str) -> None:
        aside.mkdir(exist_ok=True)
        shutil.rmtree(aside / path.name, ignore_errors=True)
        path.rename(aside / path.name)
        print(f"{path}: {why}; kept in {aside.name}/, which may be deleted", flush=True)

    def _aside(self, fingerprint: str) -> Path:
        return self.folder / f"before-{fingerprint[:8]}"

    def latest(self) -> TrainingState | None:
        """The state of the latest checkpoint, or None if there is none.

        A damaged checkpoint gives a warning, and the one before it is used. Raises UserError if all are damaged.
        """
        for path in reversed(self.all()):
            try:
                _check(path)
                return TrainingState(**json.loads((path / STATE).read_text()))
            except (OSError, ValueError, TypeError) as error:
                print(f"warning: {path}: damaged ({error}); the one before it is used", flush=True)
        if self.all():
            raise UserError(f"{self.folder}: no checkpoint of it can be read; delete the folder to begin again")
        return None

    def restore(self, update: int, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        """Load the checkpoint of an update into model and optimizer."""
        path = self.path(update)
        model.load_state_dict(load_file(path / WEIGHTS))
        _unflatten(optimizer, load_file(path / OPTIMIZER))


def _update_of(checkpoint: Path) -> int:
    return int(checkpoint.name.removeprefix("update-"))


def _fingerprint_of(checkpoint: Path) -> str | None:
    """The fingerprint of a checkpoint, or None if it cannot be read."""
    try:
        return str(json.loads((checkpoint / STATE).read_text())["fingerprint"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _check(checkpoint: Path) -> None:
    """Raise ValueError or OSError if a file of a checkpoint is not as it was written."""
    if (checkpoint / DIGESTS).read_text() != _digests(checkpoint):
        raise ValueError("a file of it is not as it was written")


def _digests(checkpoint: Path) -> str:
    return "".join(f"{_digest(checkpoint / name).hex()}  {name}\n" for name in (WEIGHTS, OPTIMIZER, STATE))


def _remove(checkpoint: Path) -> None:
    """Delete a checkpoint. It is renamed first, so that an incomplete one never has a final name."""
    if not checkpoint.name.endswith(".part"):
        checkpoint = checkpoint.rename(checkpoint.with_name(checkpoint.name + ".part"))
    shutil.rmtree(checkpoint)


def _copies(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Copies in the processor's memory, made at once. Memory that the system cannot move lets a GPU copy fastest."""
    copies = {
        name: torch.empty_like(tensor, device="cpu", pin_memory=tensor.is_cuda).copy_(tensor, non_blocking=True)
        for name, tensor in tensors.items()
    }
    if any(tensor.is_cuda for tensor in tensors.values()):
        torch.cuda.synchronize()
    return copies


def _flatten(optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    state = optimizer.state_dict()["state"]
    return {f"{index}.{name}": value for index, values in state.items() for name, value in values.items()}


def _unflatten(optimizer: torch.optim.Optimizer, tensors: dict[str, torch.Tensor]) -> None:
    state: dict[int, dict[str, torch.Tensor]] = {}
    for key, value in tensors.items():
        index, name = key.split(".")
        state.setdefault(int(index), {})[name] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
