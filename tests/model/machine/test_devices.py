import argparse
import os
from contextlib import nullcontext
from pathlib import Path

import pytest
import torch

from model.command import UserError
from model.machine import devices
from model.machine.devices import (
    add_threads,
    autocast,
    check_compiler,
    choose_device,
    choose_precision,
    use_processor,
)
from model.machine.lease import LEASED

CPU = torch.device("cpu")


def test_a_named_precision_is_taken_as_it_is():
    assert choose_precision("bfloat16", CPU, 128) is torch.bfloat16
    assert choose_precision("float32", CPU, 1024) is torch.float32


@pytest.mark.parametrize(
    ("flags", "width", "expected"),
    [
        ("sse4_2 avx2 fma", 1024, torch.float32),
        ("avx2 avx512_bf16", 128, torch.bfloat16),
        ("avx2 avx512_bf16", 127, torch.float32),
        ("avx512_bf16 amx_bf16 amx_tile", 192, torch.bfloat16),
        ("avx512_bf16 amx_bf16 amx_tile", 191, torch.float32),
    ],
)
def test_a_processor_computes_in_bf16_only_where_that_is_faster(tmp_path, monkeypatch, flags, width, expected):
    (tmp_path / "cpuinfo").write_text(f"processor : 0\nflags : {flags}\n")
    monkeypatch.setattr(devices, "Path", lambda _: Path(tmp_path / "cpuinfo"))
    assert choose_precision("auto", CPU, width) is expected


@pytest.mark.parametrize(
    ("device", "flags", "able"),
    [("cpu", "avx2 avx512_vnni", True), ("cpu", "avx_vnni", True), ("cpu", "avx2", False), ("cuda", "avx_vnni", False)],
)
def test_int8_is_refused_in_one_line_where_its_sums_would_be_wrong(tmp_path, monkeypatch, device, flags, able):
    (tmp_path / "cpuinfo").write_text(f"processor : 0\nflags : {flags}\n")
    monkeypatch.setattr(devices, "Path", lambda _: Path(tmp_path / "cpuinfo"))
    with nullcontext() if able else pytest.raises(UserError, match="^precision: int8 needs a processor with VNNI"):
        assert choose_precision("int8", torch.device(device), 128) is torch.int8


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


@pytest.mark.parametrize(("leased", "usable", "refused"), [(1, 0, True), (2, 1, True), (1, 1, False), (0, 0, False)])
def test_a_command_with_gpus_never_takes_the_processor_instead(monkeypatch, leased, usable, refused):
    monkeypatch.setenv(LEASED, str(leased))
    monkeypatch.setattr(torch.cuda, "device_count", lambda: usable)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: usable > 0)
    with pytest.raises(UserError, match=f"^GPUs: this command has {leased}, of which") if refused else nullcontext():
        assert choose_device().type == ("cuda" if usable else "cpu")


@pytest.mark.parametrize("kind", ["cpu", "cuda"])
def test_a_machine_without_a_compiler_is_known_before_anything_is_compiled(tmp_path, monkeypatch, kind):
    header = tmp_path / "Python.h"
    header.touch()
    monkeypatch.setattr("sysconfig.get_path", lambda _: str(tmp_path))
    for name in ("CC", "CXX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert check_compiler(torch.device(kind)).startswith("no compiler")
    for name in ("gcc", "g++", "mine"):
        (tmp_path / name).touch(mode=0o755)
    assert check_compiler(torch.device(kind)) is None
    monkeypatch.setenv("CC" if kind == "cuda" else "CXX", "mine")
    assert check_compiler(torch.device(kind)) is None
    monkeypatch.setenv("CC" if kind == "cuda" else "CXX", "nowhere")
    assert check_compiler(torch.device(kind)) == "no compiler (nowhere) is installed"
    monkeypatch.delenv("CC", raising=False)
    header.unlink()
    assert (check_compiler(torch.device("cuda")) or "").startswith(f"{header} is not installed")


def test_deterministic_kernels_are_chosen_and_left(monkeypatch):
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", "")
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG")
    for wanted in (True, False):
        devices.choose_kernels(wanted)
        assert torch.are_deterministic_algorithms_enabled() is wanted
        assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
