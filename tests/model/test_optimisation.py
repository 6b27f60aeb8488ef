import pytest

from model.config import TrainingConfig
from model.optimisation import learning_rate

MRASP = TrainingConfig(learning_rate=5e-4, warmup=4000, updates=150_000)


@pytest.mark.parametrize(
    ("update", "rate"), [(1, 1.25e-7), (2000, 2.5e-4), (4000, 5e-4), (77_000, 2.5e-4), (150_000, 0.0)]
)
def test_linear_schedule(update, rate):
    assert learning_rate(MRASP, update) == pytest.approx(rate)


@pytest.mark.parametrize(
    ("update", "rate"), [(2000, 2.5e-4), (4000, 5e-4), (77_000, 1.139606e-4), (150_000, 8.164966e-5)]
)
def test_inverse_square_root_schedule(update, rate):
    config = MRASP.model_copy(update={"schedule": "inverse_sqrt"})
    assert learning_rate(config, update) == pytest.approx(rate, rel=1e-6)


def test_without_warmup_the_first_update_has_almost_the_peak():
    config = TrainingConfig(learning_rate=1.0, warmup=0, updates=100)
    assert learning_rate(config, 1) == pytest.approx(0.99)
