"""Set the parameters to zero that a language needs least (Xu et al. 2023, section 5.2).

`python -m model.analysis.prune MODEL --sensitivity gl.npy --others not_gl.npy --ratio 0.3 OUTPUT` writes a model
folder. `python -m model.analysis.sensitivity` makes the two vectors. `--ratio` is the fraction of the weights and
biases of linear layers and embeddings that are set to zero, all at once: those that are least specific to the language
(`specificity`). The most sensitive tenth of all parameters is never set to zero.
"""

import argparse
import json
import os
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from model.analysis.parameter_vector import Parameter, ParameterVector, chunks, same_parameters
from model.command import UserError, parser, run
from model.config.model import CONFIG, read_config
from model.network.folder import check_files, read_weights, save_model
from model.text.tokenizer import VOCABULARY
from model.text.vocabulary import Vocabulary

PROTECTED = 0.1  # of all parameters, the most sensitive
EPSILON = 1e-8


def specificity(own: np.ndarray, others: np.ndarray) -> np.ndarray:
    """D = (S_l - S_-l) / (S_-l + 1e-8), computed in float64; all [n] float32."""
    own, others = own.astype(np.float64), others.astype(np.float64)
    return ((own - others) / (others + EPSILON)).astype(np.float32)


def lowest(values: np.ndarray, count: int) -> np.ndarray:
    """A mask of the `count` lowest values [n]; among equal ones the first. Needs the memory of a copy."""
    mask = np.zeros(len(values), dtype=bool)
    if count:
        last = np.partition(values, count - 1)[count - 1]
        np.less(values, last, out=mask)
        mask[np.flatnonzero(values == last)[: count - np.count_nonzero(mask)]] = True
    return mask


def chosen(own: ParameterVector, others: ParameterVector, ratio: float) -> np.ndarray:
    """A mask over the vector of the parameters to set to zero: round(ratio * N) of the N that are prunable.

    Needs at most three times the memory of a vector. Raises UserError if there are fewer that are not protected.
    """
    parameters = same_parameters([own, others])
    protected = lowest(-own.read(0, len(own)), round(PROTECTED * len(own)))
    prunable = np.zeros(len(own), dtype=bool)
    for parameter in parameters:
        prunable[parameter.offset : parameter.offset + parameter.size] = parameter.prunable
    count = round(ratio * np.count_nonzero(prunable))
    if count > (free := np.count_nonzero(prunable & ~protected)):
        raise UserError(f"--ratio {ratio}: {count:,} parameters, but {free:,} are not protected; lower it")
    found = np.full(len(own), np.inf, dtype=np.float32)
    for start, stop in chunks(0, len(own)):
        found[start:stop] = specificity(own.read(start, stop), others.read(start, stop))
    found[protected | ~prunable] = np.inf
    return lowest(found, count)


def set_to_zero(weights: dict[str, Tensor], parameters: list[Parameter], mask: np.ndarray) -> None:
    """Set the parameters in the mask to zero, in place. Raises UserError if the parameters are of another model."""
    if {p.name: p.shape for p in parameters} != {name: tuple(tensor.shape) for name, tensor in weights.items()}:
        raise UserError("--sensitivity: of another model than the folder's; measure this one's")
    for parameter in parameters:
        some = mask[parameter.offset : parameter.offset + parameter.size]
        weights[parameter.name].view(-1)[torch.from_numpy(some)] = 0


def _options() -> argparse.Namespace:
    arguments = parser(__doc__)
    arguments.add_argument("model", type=Path, help="model folder")
    arguments.add_argument("--sensitivity", type=Path, required=True, metavar="NPY", help="to the language")
    arguments.add_argument("--others", type=Path, required=True, metavar="NPY", help="to all others")
    arguments.add_argument("--ratio", type=float, required=True, help="of weights and biases, from 0 to less than 1")
    arguments.add_argument("output", type=Path, help="model folder to write")
    return arguments.parse_args()


def main() -> None:
    """Prune one model."""
    options = _options()
    if not 0 <= options.ratio < 1:
        raise UserError(f"--ratio {options.ratio}: must be at least 0 and less than 1")
    if options.output.exists() and os.path.samefile(options.model, options.output):
        raise UserError(f"{options.output}: is the model itself; name another folder")
    check_files(options.model)
    own, others = ParameterVector(options.sensitivity), ParameterVector(options.others)
    mask, weights = chosen(own, others, options.ratio), read_weights(options.model)
    set_to_zero(weights, own.parameters, mask)
    about = json.loads((options.model / CONFIG).read_text())["about"]
    about["pruned"] = {"ratio": options.ratio, "parameters": int(np.count_nonzero(mask))}
    vocabulary = Vocabulary.read(options.model / VOCABULARY)
    save_model(options.output, weights, read_config(options.model), options.model, vocabulary, about)


if __name__ == "__main__":
    run(main)
