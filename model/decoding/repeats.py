"""No n-gram twice in a hypothesis, for models that repeat themselves."""

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from torch import Tensor


def forbid_repeats(log_probs: Tensor, written: np.ndarray, size: int) -> None:
    """Forbid the tokens that would make an n-gram of `size` stand twice in a hypothesis.

    log_probs [R, V]: of the next token of each hypothesis, changed in place; written [R, t]: its tokens so far.
    """
    if written.shape[1] < size:
        return
    grams = sliding_window_view(written, size, axis=1)  # [R, t - size + 1, size]
    last = written[:, written.shape[1] - size + 1 :]
    rows, places = (grams[:, :, :-1] == last[:, None]).all(2).nonzero()
    indices = torch.from_numpy(np.stack([rows, grams[rows, places, -1]])).to(log_probs.device)
    log_probs[indices[0], indices[1]] = float("-inf")
