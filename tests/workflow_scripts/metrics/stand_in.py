"""A stand-in for COMET, which needs what does not come with this project."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from workflow_scripts.metrics import Scored

SCORES = [[0.1, 0.5, 0.9, 0.4, 0.3, 0.8], [0.3, 0.4, 0.95, 0.6, 0.5, 0.8]]  # of the stand-in, by system and segment
SYSTEMS = [[f"{system} {segment}" for segment in range(6)] for system in range(2)]


class Model:
    """A stand-in for a COMET model, which knows what each hypothesis is worth."""

    def predict(self, rows, batch_size, gpus, progress_bar):
        assert all(row["src"] == "s" + row["mt"][-1] and row["ref"] == "r" for row in rows) and not gpus
        return SimpleNamespace(scores=[SCORES[int(row["mt"][0])][int(row["mt"][-1])] for row in rows])


def scored_by_comet(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Scored:
    """What scores SYSTEMS: the stand-in takes the place of the library, and its model is a file in the folder."""
    (folder / "model.ckpt").write_bytes(b"weights")
    monkeypatch.setitem(sys.modules, "comet", SimpleNamespace(load_from_checkpoint=lambda path: Model()))
    return Scored("en", [f"s{n}" for n in range(6)], str(folder / "model.ckpt"))
