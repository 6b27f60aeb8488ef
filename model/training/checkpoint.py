"""Checkpoints of a run: everything needed to go on as if nothing had happened.

`checkpoints/update-00000500/` holds model.safetensors, optimizer.safetensors and state.json. A folder with its final
name is whole, whenever the run was killed. No state of a random generator is in it: each batch has a seed of its own.
"""

import fcntl
import hashlib
import json
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from model.command import UserError
from model.config.run import RunConfig
from model.network.folder import WEIGHTS, write_tensors
from model.records import write_json
from model.writing import whole_folder

OPTIMIZER, STATE = "optimizer.safetensors", "state.json"
# Settings that may change while a run is trained.
FREE = {"keep_checkpoints", "checkpoint_every", "patience", "compile"}


def fingerprint(config: RunConfig) -> str:
    """A hash of all that decides a run's weights: run.json, the vocabulary, the shards and the model it starts from."""
    hashed = hashlib.sha256(config.model_dump_json(exclude={"training": FREE}).encode())
    shards = [folder for task in config.tasks for folder in task.shards]
    folders = [Path(folder) for folder in (*shards, *config.dev)]
    files = [Path(config.vocabulary), *(path for folder in folders for path in sorted(folder.glob("part-*.parquet")))]
    if config.init:
        files.append(Path(config.init, WEIGHTS))
    for path in files:
        with open(path, "rb") as file:
            hashed.update(hashlib.file_digest(file, "sha256").digest())
    return hashed.hexdigest()


@dataclass
class TrainingState:
    """Where a run stands, beside its tensors."""

    fingerprint: str
    update: int = 0
    data: list[dict[str, int]] = field(default_factory=list)  # the positions of the streams
    best_update: int = 0
    best_score: float = float("inf")  # dev loss, or minus dev BLEU
    metrics: list[dict[str, float]] = field(default_factory=list)  # a row an evaluation
    # Of each objective, by this process since the last evaluation:
    losses: dict[str, float] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=dict)  # that these were summed over
    norms: list[float] = field(default_factory=list)  # of the last gradients
    skipped: int = 0  # updates in a row whose gradient was out of order


class Checkpoints:
    """The checkpoints folder of one run."""

    def __init__(self, folder: Path):
        self.folder = folder

    def path(self, update: int) -> Path:
        """The folder of one update."""
        return self.folder / f"update-{update:08d}"

    def all(self) -> list[Path]:
        """Those that have their final name, the oldest first."""
        return sorted(path for path in self.folder.glob("update-*") if not path.name.endswith(".part"))

    def updates(self) -> list[int]:
        """Updates that have a checkpoint, in their order."""
        return [int(path.name.removeprefix("update-")) for path in self.all()]

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the folder; wait while another process does, such as one whose parent was killed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / "lock", "a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print(f"{self.folder}: another process trains this run; waiting for it", flush=True)
                fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def save(
        self, state: TrainingState, model: nn.Module, optimizer: torch.optim.Optimizer, keep: Collection[int]
    ) -> None:
        """Write a checkpoint whole or not at all, then drop those of other updates than this one and `keep`.

        Raises UserError where it cannot be written; what was there before stays.
        """
        target = self.path(state.update)
        try:
            with whole_folder(target) as part:
                write_tensors(part / WEIGHTS, dict(model.state_dict()))
                write_tensors(part / OPTIMIZER, _flatten(optimizer))
                write_json(part / STATE, {"sizes": _sizes(part), **asdict(state)})
        except OSError as error:
            raise UserError(
                f"{target}: could not be written ({error}); free space, and run the command again:"
                " it continues from the checkpoint before"
            ) from None
        wanted = {target, *map(self.path, keep)}
        for old in set(self.folder.glob("update-*")) - wanted:
            _remove(old)

    def set_aside(self, fingerprint: str) -> None:
        """Take checkpoints of another fingerprint out of the way, and bring back what was set aside of this one."""
        for path in self.all():
            other = _fingerprint_of(path)
            if other and other != fingerprint:
                aside = self._aside(other)
                aside.mkdir(exist_ok=True)
                shutil.rmtree(aside / path.name, ignore_errors=True)
                path.rename(aside / path.name)
                print(f"{path}: run or data changed since; kept in {aside.name}/, which may be deleted", flush=True)
        for path in [*self._aside(fingerprint).glob("update-*")]:
            path.rename(self.folder / path.name)

    def _aside(self, fingerprint: str) -> Path:
        return self.folder / f"before-{fingerprint[:8]}"

    def restore(self, fresh: TrainingState, model: nn.Module, optimizer: torch.optim.Optimizer) -> TrainingState:
        """Bring model and optimizer to the latest checkpoint that is whole; `fresh` where there is none.

        A damaged one is named, and the one before it used. Raises UserError where none of those there can be read.
        """
        for path in reversed(self.all()):
            try:
                about = json.loads((path / STATE).read_text())
                sizes = about.pop("sizes")
                state = TrainingState(**about)
                if sizes != _sizes(path):
                    raise ValueError("a file of it has another size than was written")
                weights, moments = load_file(path / WEIGHTS), load_file(path / OPTIMIZER)
            except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
                print(f"warning: {path}: damaged ({error}); the one before it is used", flush=True)
                continue
            model.load_state_dict(weights)
            _unflatten(optimizer, moments)
            return state
        if self.all():
            raise UserError(f"{self.folder}: no checkpoint of it can be read; delete the folder to begin again")
        return fresh


def _fingerprint_of(checkpoint: Path) -> str | None:
    """None where that cannot be read."""
    try:
        return str(json.loads((checkpoint / STATE).read_text())["fingerprint"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _sizes(checkpoint: Path) -> dict[str, int]:
    """Bytes of the files of tensors: a file that was cut is told by them."""
    return {name: (checkpoint / name).stat().st_size for name in (WEIGHTS, OPTIMIZER)}


def _remove(checkpoint: Path) -> None:
    """Delete a checkpoint, out of its final name first, so that no half of one is ever taken for a whole."""
    if not checkpoint.name.endswith(".part"):
        checkpoint = checkpoint.rename(checkpoint.with_name(checkpoint.name + ".part"))
    shutil.rmtree(checkpoint)


def _flatten(optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    state = optimizer.state_dict()["state"]
    return {f"{index}.{name}": value for index, values in state.items() for name, value in values.items()}


def _unflatten(optimizer: torch.optim.Optimizer, tensors: dict[str, torch.Tensor]) -> None:
    state: dict[int, dict[str, torch.Tensor]] = {}
    for key, value in tensors.items():
        index, name = key.split(".")
        state.setdefault(int(index), {})[name] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
