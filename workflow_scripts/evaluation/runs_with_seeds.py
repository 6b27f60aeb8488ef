"""Runs with several seeds: the difference of two, and the mean score of one, with the errors of segments and of seeds.

Segments and seeds are both samples, and each model is scored on all segments, as each reader of a study in radiology
reads all cases. The variance of a difference is made of its parts as there (Obuchowski and Rockette 1995; Hillis 2007),
and its degrees of freedom are Satterthwaite's (1946). docs/architecture.md says what is approximated.
"""

import math
from collections import Counter
from collections.abc import Sequence
from statistics import NormalDist, fmean, variance
from typing import NamedTuple

import numpy as np

from workflow_scripts.evaluation.significance import LEVEL
from workflow_scripts.evaluation.students_t import beyond, quantile

ROUNDING = 1e-12  # variances this small are errors of rounding in means
MANY = 1e6  # degrees of freedom, at which Student's t is the normal distribution


class Tested(NamedTuple):
    """The test of one difference; NaN where it cannot be tested."""

    p: float
    half: float  # half of the 95% interval of the difference
    degrees: float  # of freedom, of Student's t


def compare_runs(
    own: Sequence[float], base: Sequence[float], partners: Sequence[int], sampled: np.ndarray, differing: int
) -> Tested:
    """Test the difference of the mean scores of two runs by Student's t, for other segments and other seeds.

    own, base: the score of each seed; one of the two may have a single seed. partners: for each seed of `own`, the
    position in `base` of the seed that it is compared with. sampled: [seeds of own, samples], the sampled differences
    of these comparisons, all on the same draws of segments. differing: the number of segments that differ in a
    comparison, at most.
    """
    segments, seeds = float(sampled.mean(axis=0).var()), _variances(own, base)
    of_seeds = sum(value for value, _ in seeds)
    # Noise that a seed has on single segments is in both parts, so it is taken off once.
    total = max(segments, of_seeds, segments + of_seeds - _shared(sampled, partners))
    difference = fmean(own) - fmean(base)
    if total < ROUNDING:
        return Tested(math.nan, math.nan, math.nan)
    squares = segments**2 / max(1, differing - 1) + sum(value**2 / degrees for value, degrees in seeds)
    degrees, error = total**2 / squares, math.sqrt(total)
    return Tested(beyond(difference / error, degrees), quantile(degrees, LEVEL) * error, degrees)


def _variances(own: Sequence[float], base: Sequence[float]) -> list[tuple[float, int]]:
    """The variance of the mean over seeds of each run, with its degrees of freedom.

    A single seed is taken to vary as much as those of the other run, whose one estimate then stands for both.
    """
    found = [(variance(scores), len(scores)) for scores in (own, base) if len(scores) > 1]
    alone = 2 - len(found)
    return [(value * (1 / count + alone), count - 1) for value, count in found]


def _shared(sampled: np.ndarray, partners: Sequence[int]) -> float:
    """The part of the variance of the sampled mean difference that differs from seed to seed.

    It is estimated by how much the sampled differences of the seeds deviate from their mean, if each model of both runs
    has as much of it. Seeds that are compared with one model of the baseline share the part of this model. 0 if there
    is only one comparison.
    """
    count = len(sampled)
    repeated = sum((times / count) ** 2 for times in Counter(partners).values())
    deviations = count * (sampled.var(axis=1).mean() - sampled.mean(axis=0).var())
    models = count - 1 + count * (1 - repeated)
    return float(deviations / models * (1 / count + repeated)) if count > 1 else 0.0


def mean_interval(scores: Sequence[float], lows: Sequence[float], highs: Sequence[float]) -> tuple[float, float]:
    """The 95% interval of the mean score of a run with several seeds, for other segments and other seeds.

    lows, highs: the interval of each model by segments. Its half is 1.96 standard errors, if scores of resamples are
    normally distributed. The standard error of the mean by segments is the mean of those of the models, as if all
    models had the same error, because their segments are the same. That of the seeds is added. What a seed changes on
    single segments is in both, so the interval is rather too wide than too narrow.
    """
    normal = NormalDist().inv_cdf(1 - LEVEL / 2)
    error, seeds = (fmean(highs) - fmean(lows)) / 2 / normal, variance(scores) / len(scores)
    total, width = error**2 + seeds, normal
    if seeds > ROUNDING:
        width = quantile(min(MANY, total**2 / seeds**2 * (len(scores) - 1)), LEVEL)
    half = width * math.sqrt(total)
    return fmean(scores) - half, fmean(scores) + half
