import pytest
import torch

from model.config.training import TrainingConfig
from model.training.optimisation import largest_norm, learning_rate

MRASP = TrainingConfig(learning_rate=5e-4, warmup=4000, updates=150_000)


@pytest.mark.parametrize(
    ("update", "rate"), [(1, 2.24975e-7), (2000, 2.5005e-4), (4000, 5e-4), (77_000, 2.5e-4), (150_000, 0.0)]
)
def test_linear_schedule(update, rate):
    assert learning_rate(MRASP, update) == pytest.approx(rate)


@pytest.mark.parametrize(
    ("update", "rate"), [(2000, 2.5005e-4), (4000, 5e-4), (77_000, 1.139606e-4), (150_000, 8.164966e-5)]
)
def test_inverse_square_root_schedule(update, rate):
    config = MRASP.model_copy(update={"schedule": "inverse_sqrt"})
    assert learning_rate(config, update) == pytest.approx(rate, rel=1e-6)


@pytest.mark.parametrize(
    ("update", "rate"),
    [(1, 2.249875e-7), (4000, 5.0005e-4), (8000, 1e-3), (32_000, 5e-4), (100_000, 2.828427e-4), (300_000, 1.632993e-4)],
)
def test_the_second_papers_schedule(update, rate):
    config = TrainingConfig(learning_rate=1e-3, warmup=8000, updates=300_000, schedule="inverse_sqrt")
    assert learning_rate(config, update) == pytest.approx(rate, rel=1e-6)


def test_a_gradient_norm_far_above_the_usual_is_skipped():
    usual = [1.0, 3.0, 2.0] * 40
    assert largest_norm(usual, 100.0) == 200.0
    assert largest_norm([9.0] * 50 + usual[:100], 2.0) == 4.0  # only the last 100 count


@pytest.mark.parametrize(("known", "spike"), [([1.0] * 99, 100.0), ([1.0] * 200, 0.0), ([], 100.0)])
def test_any_finite_norm_is_good_where_nothing_is_usual(known, spike):
    limit = largest_norm(known, spike)
    assert torch.tensor(3e38) <= limit and not torch.tensor(float("inf")) <= limit
    assert not torch.tensor(float("nan")) <= limit


def test_without_warmup_the_first_update_has_almost_the_peak():
    config = TrainingConfig(learning_rate=1.0, warmup=0, updates=100)
    assert learning_rate(config, 1) == pytest.approx(0.99)
