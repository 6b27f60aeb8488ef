"""Student's t: published tables, and integration of the density."""

import math

import pytest

from workflow_scripts.evaluation.students_t import beyond, quantile

# Student's t of 5% at so many degrees of freedom, two-sided, as tables have it.
TABLE = {
    1: 12.7062, 2: 4.3027, 3: 3.1824, 4: 2.7764, 5: 2.5706, 6: 2.4469, 7: 2.3646, 8: 2.3060, 9: 2.2622, 18: 2.1009,
    30: 2.0423, 120: 1.9799,
}  # fmt: skip


@pytest.mark.parametrize(("degrees", "t"), TABLE.items())
def test_whole_degrees_are_as_in_published_tables(degrees, t):
    assert beyond(t, degrees) == beyond(-t, degrees) == pytest.approx(0.05, abs=1e-5)
    assert quantile(degrees, 0.05) == pytest.approx(t, abs=6e-5)


def test_one_percent_and_one_in_a_thousand():
    assert quantile(2, 0.01) == pytest.approx(9.9248, abs=6e-5) and quantile(10, 0.001) == pytest.approx(
        4.5869, abs=6e-5
    )


def integrated(t, degrees, steps=20_000):
    """The probability beyond t, by Simpson's rule over the density."""
    log = math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2) - math.log(degrees * math.pi) / 2
    values = [math.exp(log - (degrees + 1) / 2 * math.log1p((t * n / steps) ** 2 / degrees)) for n in range(steps + 1)]
    return 1 - 2 * t / steps / 3 * (values[0] + 4 * sum(values[1::2]) + 2 * sum(values[2:-1:2]) + values[-1])


@pytest.mark.parametrize(("t", "degrees"), [(2.0, 2.7), (3.0, 0.6), (2.5, 17.3), (0.3, 4.5), (9.0, 1.5), (1.96, 812.4)])
def test_other_degrees_are_those_of_the_density(t, degrees):
    assert beyond(t, degrees) == pytest.approx(integrated(t, degrees), rel=1e-8)


def test_extremes():
    assert beyond(0.0, 3) == 1 and beyond(1e200, 3) == 0 and beyond(1e-9, 3) == pytest.approx(1)
    normal = math.erfc(1.96 / math.sqrt(2))
    assert beyond(1.96, 1e6) == pytest.approx(normal, rel=1e-5)
