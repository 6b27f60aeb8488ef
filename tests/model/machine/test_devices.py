from pathlib import Path

import pytest
import torch

from model.machine import devices
from model.machine.devices import choose_precision

CPU = torch.device("cpu")


def test_a_named_precision_is_taken_as_it_is():
    assert choose_precision("bfloat16", CPU) is torch.bfloat16
    assert choose_precision("float32", CPU) is torch.float32


@pytest.mark.parametrize(
    ("flags", "expected"),
    [("sse4_2 avx2 fma", torch.float32), ("avx2 avx512_bf16", torch.bfloat16), ("amx_bf16 amx_tile", torch.bfloat16)],
)
def test_a_processor_computes_in_bf16_only_where_it_has_instructions_for_it(tmp_path, monkeypatch, flags, expected):
    (tmp_path / "cpuinfo").write_text(f"processor : 0\nflags : {flags}\n")
    monkeypatch.setattr(devices, "Path", lambda _: Path(tmp_path / "cpuinfo"))
    assert choose_precision("auto", CPU) is expected
