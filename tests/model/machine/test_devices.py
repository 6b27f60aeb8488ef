import argparse
from pathlib import Path

import pytest
import torch

from model.machine import devices
from model.machine.devices import add_threads, autocast, choose_precision, use_processor

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


def test_a_block_computes_in_the_precision_that_is_named():
    square = torch.ones(2, 2)
    for precision in (torch.float32, torch.bfloat16):
        with autocast(CPU, precision):
            assert (square @ square).dtype is precision


@pytest.mark.parametrize(("words", "threads"), [(["--threads", "2"], 2), ([], 1)])
def test_a_command_computes_on_the_threads_it_was_given(monkeypatch, words, threads):
    arguments, now = argparse.ArgumentParser(), [1]
    add_threads(arguments)
    monkeypatch.setattr(torch, "set_num_threads", lambda count: now.append(count))
    use_processor(arguments.parse_args(words).threads)
    assert now[-1] == threads
