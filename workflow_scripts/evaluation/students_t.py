"""Student's t distribution, for any positive number of degrees of freedom, which need not be whole."""

import math
from itertools import count

EXACT = 1e-14  # relative; where the continued fraction ends
LARGEST = 1e12  # t, where the search for a quantile begins


def beyond(t: float, degrees: float) -> float:
    """The probability of a t at least as large in size (Abramowitz and Stegun 1964, 26.5.27 and 26.7.1).

    It is the regularised incomplete beta function of degrees / (degrees + t^2), with the parameters degrees/2 and 1/2.
    """
    a, b, x = degrees / 2, 0.5, degrees / (degrees + t * t)
    # The fraction converges fast below the mean of the distribution; above it, that of the other side does.
    below = x < (a + 1) / (a + b + 2)
    return _beta(a, b, x) if below else 1 - _beta(b, a, t * t / (degrees + t * t))


def _beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function by its continued fraction (26.5.8), front to back (Lentz 1976)."""
    if x == 0:
        return 0.0
    log = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    value, above, below = 1.0, 1.0, 0.0
    for n in count(1):
        m = n // 2
        part = -(a + m) * (a + b + m) * x / (a + 2 * m + 1) if n % 2 else m * (b - m) * x / (a + 2 * m - 1)
        part /= a + 2 * m
        below = 1 / (1 + part * below)
        above = 1 + part / above
        value *= above * below
        if abs(above * below - 1) < EXACT:
            break
    return math.exp(log) / (a * value)


def quantile(degrees: float, level: float = 0.05) -> float:
    """The t that is exceeded in size with the probability `level`, found by halving."""
    low, high = 0.0, LARGEST
    while (middle := (low + high) / 2) not in (low, high):
        low, high = (middle, high) if beyond(middle, degrees) > level else (low, middle)
    return high
