"""Random numbers that depend only on what they are used for.

A number is a hash of a seed, names and counters (row, copy, position, …). So any part of a corpus can be processed
alone, in any order and by any number of jobs, and gets the same numbers.
"""

import hashlib
import json

import numpy as np

_STEP = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio, so that neighbouring counters differ in many bits
# The shifts and factors of SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators";
# the factors are Stafford's variant 13). Each bit of the input flips each bit of the output half of the time.
_ROUNDS = ((np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)), (np.uint64(27), np.uint64(0x94D049BB133111EB)))
_LAST_SHIFT = np.uint64(31)
_TO_53_BITS = np.uint64(11)


def stream(*names: str | int) -> np.uint64:
    """The key of all random numbers for one purpose, for instance `stream(study.seed, "en-de", "shuffle")`."""
    digest = hashlib.blake2b(json.dumps(names).encode(), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little"))


def uniform(key: np.uint64, *counters: np.ndarray | int) -> np.ndarray:
    """Numbers in [0, 1) with 53 random bits, one for each combination of counters; these broadcast.

    Counters are whole numbers from 0. Their order matters: `uniform(key, 1, 2)` is not `uniform(key, 2, 1)`.
    """
    mixed = np.full(1, key)
    for counter in counters:
        mixed = _mixed(mixed + np.asarray(counter).astype(np.uint64) * _STEP)
    shape = np.broadcast_shapes(*(np.shape(counter) for counter in counters))
    return ((mixed >> _TO_53_BITS) * 2.0**-53).reshape(shape)


def _mixed(values: np.ndarray) -> np.ndarray:
    """The values hashed, in place."""
    for shift, factor in _ROUNDS:
        values ^= values >> shift
        values *= factor
    values ^= values >> _LAST_SHIFT
    return values
