"""How much a loss hangs on each parameter (Xu et al. 2023, section 5.1)."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import torch
from torch import Tensor, nn

from model.parameter_vector import Parameter

Item = TypeVar("Item")


def sensitivity(
    model: nn.Module, batches: Iterable[Item], loss: Callable[[Item], tuple[Tensor, int]], count: int
) -> dict[str, Tensor]:
    """S(θ, B): the mean over `count` batches of |θ · g|, for each parameter by name, in float64.

    loss: a batch → its summed loss, and over how many tokens. g is the gradient of the loss a token, so that batches
    of few and of many tokens weigh alike; the authors' code takes the sum. It is each batch's own: |θ · mean of g|
    would be another thing, in which batches that pull against each other cancel. Batches without a token to predict
    are passed over. Whether dropout is on is the model's affair.
    """
    # Float64 because hundreds of values of all sizes are added: float32 would lose the digits of the small ones.
    sums = {name: torch.zeros_like(p, dtype=torch.float64) for name, p in model.named_parameters()}
    seen = 0
    for batch in batches:
        model.zero_grad(set_to_none=True)
        total, tokens = loss(batch)
        if not tokens:
            continue
        (total / tokens).backward()
        for name, parameter in model.named_parameters():
            if parameter.grad is not None:
                sums[name] += (parameter.detach() * parameter.grad).abs_()
        seen += 1
        if seen == count:
            break
    model.zero_grad(set_to_none=True)
    return {name: total.div_(max(1, seen)) for name, total in sums.items()}


def parameters_of(model: nn.Module) -> list[Parameter]:
    """All parameters of a model in its order, tied ones once.

    Pruning counts the weights and biases of linear layers and embeddings, which is all but layer norms.
    """
    kept = {p for module in model.modules() if isinstance(module, nn.LayerNorm) for p in module.parameters()}
    found, offset = [], 0
    for name, parameter in model.named_parameters():
        found.append(Parameter(name=name, shape=parameter.shape, offset=offset, prunable=parameter not in kept))
        offset += parameter.numel()
    return found
