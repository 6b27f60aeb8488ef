"""The progress line; and operations counted by hand, 6 for each weight and each token that it is applied to."""

import pytest
from tqdm import tqdm

from model.config.run import IntraDistillation
from model.train import Loop
from model.training.monitor import training_flops
from tests.model.toy_batches import ROWS, SIZES, batch_of, transformer
from tests.model.toy_run import changed, ended, prepare

WIDTH = SIZES.width
OF_MEMORY = 2 * WIDTH * WIDTH  # keys and values of one layer's cross attention


@pytest.mark.parametrize(
    ("objective", "settings", "encodings", "memories", "passes"),
    [
        ("translation", None, 1, 1, 1),
        ("translation", {"passes": 3}, 3, 3, 3),
        ("translation", {"passes": 3, "encoder_repeated": False}, 1, 1, 3),
        ("cd", {"passes": 2, "encoder_repeated": False}, 2, 1, 2),  # the encoder predicts in each pass
        ("cd", {"passes": 2, "objectives": ["translation"]}, 1, 1, 1),
        ("mlm", {"passes": 2}, 2, 0, 2),  # no decoder
    ],
)
def test_what_is_encoded_once_counts_once(objective, settings, encodings, memories, passes):
    model, batch = transformer(), batch_of(objective)
    encoder, decoder = (sum(p.numel() for p in part.parameters()) for part in (model.encoder, model.decoder))
    read = batch.source_tokens * (encodings * encoder + memories * OF_MEMORY)
    written = batch.input_tokens * passes * (decoder - OF_MEMORY)
    stacks = {"translation": 1, "cd": 2, "mlm": 1}[objective]
    scored = stacks * batch.tokens * passes * ROWS * WIDTH
    found = training_flops(model, batch, IntraDistillation(**settings) if settings else None)
    assert found == 6 * (read + written + scored)


def test_the_progress_line_has_a_loss_when_one_has_been_read(tmp_path, monkeypatch):
    shown = []
    monkeypatch.setattr(tqdm, "set_postfix_str", lambda bar, text, refresh: shown.append(text))
    ended(Loop(changed(prepare(tmp_path), updates=4, evaluate_every=2), tmp_path / "run"))
    # That of an update is read after the next one has begun, and an evaluation begins a new mean.
    assert [line.startswith("loss ") for line in shown] == [False, True, False, True]
