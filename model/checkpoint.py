"""Checkpoints of a run: everything needed to go on as if nothing had happened.

`checkpoints/update-00000500/` holds model.safetensors, optimizer.safetensors, random.safetensors and state.json. It is
written under a temporary name and renamed, so a folder with its final name is whole, whenever the run was killed.
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from model.config import RunConfig, write_json
from model.folder import WEIGHTS


def fingerprint(config: RunConfig) -> str:
    """A hash of all that decides a run's weights: run.json, the vocabulary, the shards and the model it starts from."""
    whole = hashlib.sha256(config.model_dump_json().encode())
    folders = [Path(folder) for folder in (*config.shards, *config.dev)]
    files = [Path(config.vocabulary), *(path for folder in folders for path in sorted(folder.glob("part-*.parquet")))]
    if config.init:
        files.append(Path(config.init, WEIGHTS))
    for path in files:
        with open(path, "rb") as file:
            whole.update(hashlib.file_digest(file, "sha256").digest())
    return whole.hexdigest()


@dataclass
class TrainingState:
    """Where a run stands, beside its tensors."""

    fingerprint: str
    update: int = 0
    data: dict[str, int] = field(default_factory=lambda: {"epoch": 0, "given": 0})
    best_update: int = 0
    best_dev_loss: float = float("inf")
    metrics: list[dict[str, float]] = field(default_factory=list)


class Checkpoints:
    """The checkpoints folder of one run: it keeps the latest and the best."""

    def __init__(self, folder: Path):
        self.folder = folder

    def path(self, update: int) -> Path:
        """The folder of one update."""
        return self.folder / f"update-{update:08d}"

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

    def save(self, state: TrainingState, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        """Write a checkpoint and drop those that are neither the latest nor the best."""
        target = self.path(state.update)
        part = target.with_name(target.name + ".part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        save_file(dict(model.state_dict()), part / WEIGHTS)
        save_file(_flatten(optimizer), part / "optimizer.safetensors")
        save_file(_random_states(), part / "random.safetensors")
        write_json(part / "state.json", asdict(state))
        for file in part.iterdir():
            with open(file) as written:
                os.fsync(written.fileno())
        part.rename(target)
        keep = {target, self.path(state.best_update)}
        for old in set(self.folder.glob("update-*")) - keep:
            _remove(old)

    def restore(self, fresh: TrainingState, model: nn.Module, optimizer: torch.optim.Optimizer) -> TrainingState:
        """Bring model, optimizer and random states to the latest checkpoint; `fresh` where there is none.

        Checkpoints of another fingerprint are from before the run or its data changed; they are deleted.
        """
        whole = sorted(p for p in self.folder.glob("update-*") if not p.name.endswith(".part"))
        if not whole:
            return fresh
        state = TrainingState(**json.loads((whole[-1] / "state.json").read_text()))
        if state.fingerprint != fresh.fingerprint:
            print(f"{self.folder}: the run or its data changed since these checkpoints; starting again", flush=True)
            for old in self.folder.glob("update-*"):
                _remove(old)
            return fresh
        model.load_state_dict(load_file(whole[-1] / WEIGHTS))
        _unflatten(optimizer, load_file(whole[-1] / "optimizer.safetensors"))
        _set_random_states(load_file(whole[-1] / "random.safetensors"))
        return state


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


def _random_states() -> dict[str, torch.Tensor]:
    states = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state()
    return states


def _set_random_states(states: dict[str, torch.Tensor]) -> None:
    torch.set_rng_state(states["cpu"])
    if "cuda" in states and torch.cuda.is_available():
        torch.cuda.set_rng_state(states["cuda"])
