import time
from argparse import Namespace
from pathlib import Path

import pytest

from bench import gpu_training
from bench.gpu_training import HEADS, VARIANTS, Spans, measured, row, weights_of
from bench.made_up import write
from bench.train_throughput import run_config
from bench.trial import Trial
from model.config.model import PRESETS
from model.training import learner


@pytest.fixture
def config(tmp_path):
    write(tmp_path / "text", 120, 200, dev=10)
    paths = {"shards": [tmp_path / "text/train/en-de"], "dev": [tmp_path / "text/dev/en-de"], "rows": 0}
    sizes = {"preset": None, "width": 32, "layers": 1, "vocabulary": None, "subwords": tmp_path / "text/subwords"}
    settings = {"batch_tokens": 300, "warmup_rate": 5, "precision": "float32", "dropout": 0.1}
    return run_config(Namespace(**paths, **sizes, **settings), Path(tmp_path))


def test_a_row_says_how_much_of_the_device_is_used(config, monkeypatch):
    monkeypatch.setattr(gpu_training, "matrix_rate", lambda *_: 1e9)
    # A layer of 32: attention 4 * 32^2 + 4 * 32, feed-forward 8 * 32^2 + 5 * 32, norms 2 * 2 * 32; that of the decoder
    # has another attention and norm. The vocabulary has 120 rows.
    encoder, other = 4 * 1024 + 128 + 8 * 1024 + 160 + 128, 4 * 1024 + 128 + 64
    assert weights_of(config) == 2 * encoder + other + 120 * 32
    trial = Trial(tokens=1000, others=0, seconds=0.5, processor=0.5, gpu=1.5)
    used = 6 * weights_of(config) * 1000 / 0.5 / 1e9
    cells = row(VARIANTS["ours"], config, trial, 0.1, 20).strip("| ").split(" | ")
    assert cells == ["ours", "300", "2,000", "25.0", f"{used:.1%}", "20.0%", "1.50"] and len(cells) == len(HEADS)
    twice = row(VARIANTS["ours-two-passes"], config, trial, 0.1, 20).strip("| ").split(" | ")
    assert twice[4] == f"{2 * used:.1%}"
    assert row(VARIANTS["mbart"], config, trial, 0.0, 20).split(" | ")[5] == "–"


def test_time_of_the_loss_is_a_part_of_the_whole(config, monkeypatch):
    spans = Spans(on_gpu=False)
    monkeypatch.setattr(learner, "over_vocabulary", spans.watched(learner.over_vocabulary))
    trial, of_loss = measured(VARIANTS["ours-eager"], config, spans, 1, 3)
    assert 0 < of_loss < trial.seconds and trial.tokens > 0 and len(spans.spans) == 4


def test_spans_add_up_from_the_last():
    spans = Spans(on_gpu=False)
    wait = spans.watched(time.sleep)
    wait(0.05)
    wait(0.01)
    assert spans.seconds(0) == 0 and 0.01 <= spans.seconds(1) < spans.seconds(2) and spans.seconds(2) >= 0.06


def test_variants_are_of_one_size_in_all_ways():
    assert PRESETS["mrasp"]["width"] == 1024
    assert {v.compiled for v in VARIANTS.values()} == {True, False}
    assert len({v.name for v in VARIANTS.values()}) == len(VARIANTS)
