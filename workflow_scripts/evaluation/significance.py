"""Tests of significance: how probable a difference of such size is if two systems are equally good.

Two models are compared by the segments of a test set, as paired bootstrap resampling (Koehn 2004) or approximate
randomisation (Noreen 1989; Riezler and Maxwell 2005). runs_with_seeds.py compares runs with several seeds. All tests
are two-sided. The metric is any of sacreBLEU's interface: it makes a score of the sums of statistics.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from sacrebleu.metrics.base import Metric

LEVEL = 0.05  # of significance; intervals have the rest, 95%
DRAWN = 1_000_000  # segments at once
TIE = 1e-4  # differences this close count as equal; files have four decimals


def sampled_differences(
    test: str, metric: Metric, statistics: tuple[np.ndarray, np.ndarray], samples: int, seed: int
) -> np.ndarray:
    """Differences [samples] of the scores of two systems (second less first), on segments drawn at random.

    test: `bootstrap` draws the segments of a sample with replacement, the same for both systems. `randomisation` keeps
    all segments, and swaps the two systems in about half of them. statistics: [segments, K] of each system. The draws
    depend on the seed and the number of segments alone, so those of several directions of one test set are of the same
    segments.
    """
    first, second = (some.astype(np.float64) for some in statistics)
    weights = _resampled if test == "bootstrap" else _swapped
    return np.concatenate(
        [
            _differences(metric, sums @ first + rest @ second, sums @ second + rest @ first)
            for sums, rest in weights(len(first), samples, np.random.default_rng(seed))
        ]
    )


def _resampled(count: int, samples: int, rng: np.random.Generator) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """How often each segment is in each sample, [n, segments], some samples at once; and zeros."""
    for size in _pieces(count, samples):
        places = rng.integers(count, size=(size, count)) + count * np.arange(size)[:, None]
        times = np.bincount(places.ravel(), minlength=size * count).reshape(size, count)
        yield times.astype(np.float64), np.zeros((size, count))


def _swapped(count: int, samples: int, rng: np.random.Generator) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Whether each segment is kept in each sample, [n, segments]; and whether it is swapped."""
    for size in _pieces(count, samples):
        kept = rng.integers(2, size=(size, count)).astype(np.float64)
        yield kept, 1 - kept


def _pieces(count: int, samples: int) -> list[int]:
    size = max(1, DRAWN // count)
    return [min(size, samples - start) for start in range(0, samples, size)]


def _differences(metric: Metric, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Differences [n] of the scores of sums of statistics, [n, K] for each system."""
    scores = [[metric._compute_score_from_stats(row).score for row in sums] for sums in (first, second)]
    return np.subtract(scores[1], scores[0])


def exact_p(metric: Metric, statistics: tuple[np.ndarray, np.ndarray]) -> float:
    """p of randomisation from all 2^k ways to swap the k segments that differ."""
    first, second = (some.astype(np.float64) for some in statistics)
    differ = (first != second).any(axis=1)
    ways = np.arange(2 ** int(differ.sum()))[:, None]
    kept = 1.0 - (ways >> np.arange(int(differ.sum())) & 1)
    same = first[~differ].sum(axis=0)
    a, b = first[differ], second[differ]
    found = np.abs(_differences(metric, same + kept @ a + (1 - kept) @ b, same + kept @ b + (1 - kept) @ a))
    return float(np.mean(found >= found[0] - 1e-9))  # the first way swaps nothing


def p_of(test: str, difference: float, sampled: np.ndarray, differing: int) -> float:
    """p of a difference: the share of the sampled differences that are at least as large, with the difference itself.

    Those of the bootstrap are first shifted to the mean 0 (Riezler and Maxwell 2005, figure 2). If only k segments
    differ, its p is at least 2 / 2^k, because the exact test can give no less.
    """
    deviations = np.abs(sampled - sampled.mean() if test == "bootstrap" else sampled)
    p = (1 + int(np.sum(deviations >= abs(difference) - TIE))) / (1 + len(sampled))
    least = 0.5 ** (differing - 1) if test == "bootstrap" and differing < 60 else 0.0
    return min(1.0, max(p, least))


def half_interval(sampled: np.ndarray) -> float:
    """Half of the 95% interval of a difference, from its samples by the bootstrap.

    In the interval are the differences from which the one that was found deviates no more than the samples deviate from
    their mean: those that the test of `p_of` would not refuse.
    """
    return float(np.quantile(np.abs(sampled - sampled.mean()), 1 - LEVEL))


def holm(values: Sequence[float]) -> list[float]:
    """Holm's correction (1979) of the p of several tests: the chance of any false mark stays below the level."""
    order = np.argsort(values, kind="stable")
    corrected, least = [0.0] * len(values), 0.0
    for rank, place in enumerate(order):
        least = max(least, min(1.0, (len(values) - rank) * values[place]))
        corrected[place] = least
    return corrected
