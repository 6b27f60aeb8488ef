"""The model and the losses of Xu, Maillard and Goswami 2023 in plain torch: a segment at a time, no padding, float64.

Nothing of `model` is used. Only the names and shapes of the weights are those of its model folders.
"""

import math

import torch

PAD, END, MASK = 0, 1, 3  # ids of `<pad>`, `</s>` and `<mask>`


class Network:
    """The pre-norm Transformer with ReLU, sinusoidal positions and one matrix of embeddings (section 4.2).

    weights: name → tensor. kept: name of a dropout → what it multiplies its input by; without it nothing is dropped.
    """

    def __init__(self, weights, heads, kept=None):
        self.weights, self.heads, self.kept = weights, heads, kept or {}

    def drop(self, name, x):
        factors = self.kept.get(name)
        return x if factors is None else x * factors[tuple(slice(size) for size in x.shape)]

    def affine(self, name, x):
        return x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]

    def norm(self, name, x):
        centred = x - x.mean(-1, keepdim=True)
        scaled = centred / torch.sqrt((centred**2).mean(-1, keepdim=True) + 1e-5)
        return scaled * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]

    def attention(self, name, x, memory, causal=False):
        weight, bias = (self.weights[f"{name}.query_key_value.{part}"].chunk(3) for part in ("weight", "bias"))
        queries, keys, values = (
            (y @ w.T + b).unflatten(-1, (self.heads, -1)).transpose(0, 1)
            for y, w, b in zip((x, memory, memory), weight, bias, strict=True)
        )
        scores = queries @ keys.transpose(1, 2) / math.sqrt(queries.size(-1))
        if causal:
            scores = scores.masked_fill(torch.ones_like(scores[0]).triu(1).bool(), -math.inf)
        shares = scores.exp() / scores.exp().sum(-1, keepdim=True)
        mixed = self.drop(f"{name}.dropout", shares) @ values
        return self.affine(f"{name}.output", mixed.transpose(0, 1).flatten(1))

    def feedforward(self, name, x):
        return self.affine(f"{name}.2", self.affine(f"{name}.0", x).clamp(min=0))

    def around(self, name, x, function):
        return x + self.drop(f"{name}.dropout", function(self.norm(f"{name}.norm", x)))

    def embedded(self, side, ids):
        vectors = self.weights["embedding.tokens.weight"][torch.tensor(ids)]
        half = vectors.size(1) // 2
        angles = [[place / 10_000 ** (i / (half - 1)) for i in range(half)] for place in range(len(ids))]
        rows = [[*map(math.sin, row), *map(math.cos, row)] for row in angles]
        x = vectors * math.sqrt(vectors.size(1)) + torch.tensor(rows, dtype=vectors.dtype)
        return self.drop(f"embedding.{side}_dropout", x)

    def layers(self, stack):
        return sorted({".".join(name.split(".")[:2]) for name in self.weights if name.startswith(f"{stack}.")})

    def encode(self, source):
        """The states [S, D] of a source of S ids."""
        x = self.embedded("source", source)
        for at in self.layers("encoder"):
            x = self.around(f"{at}.around_attention", x, lambda y, at=at: self.attention(f"{at}.attention", y, y))
            x = self.around(f"{at}.around_feedforward", x, lambda y, at=at: self.feedforward(f"{at}.feedforward", y))
        return self.norm("encoder_norm", x)

    def decode(self, inputs, memory):
        """The states [T, D] of T ids that the decoder reads, above the states of the encoder."""
        x = self.embedded("target", inputs)
        for at in self.layers("decoder"):
            x = self.around(
                f"{at}.around_attention", x, lambda y, at=at: self.attention(f"{at}.attention", y, y, causal=True)
            )
            x = self.around(f"{at}.around_cross", x, lambda y, at=at: self.attention(f"{at}.cross", y, memory))
            x = self.around(f"{at}.around_feedforward", x, lambda y, at=at: self.feedforward(f"{at}.feedforward", y))
        return self.norm("decoder_norm", x)

    def logits(self, states):
        return states @ self.weights["embedding.tokens.weight"].T


def shaken(model):
    """The model with other weights than zeros and ones. (What a dropout does to a zero does not show what it drops.)"""
    torch.manual_seed(3)
    with torch.no_grad():
        for value in model.parameters():
            value.add_(0.1 * torch.randn_like(value))
    return model


def weights_of(model):
    """The weights of a model in float64, as leaves of a graph of their own."""
    return {name: value.detach().double().clone().requires_grad_() for name, value in model.named_parameters()}


def cross_entropy(logits, ids, smoothing):
    """Summed over positions. The id has the weight 1 - smoothing, each other row smoothing / (V - 1), as in fairseq."""
    log = logits - logits.exp().sum(-1, keepdim=True).log()
    labels = torch.full_like(log, smoothing / (log.size(-1) - 1))
    labels[range(len(ids)), ids] = 1 - smoothing
    return -(labels * log).sum()


def x_divergence(passes):
    """Equation 6, summed over positions: 1/K sum_k KL(p_k | mean) + KL(mean | p_k). passes: logits [N, V] of each."""
    each = [logits.exp() / logits.exp().sum(-1, keepdim=True) for logits in passes]
    mean = sum(each) / len(each)
    return sum((p * (p / mean).log()).sum() + (mean * (mean / p).log()).sum() for p in each) / len(each)


def objective(passes, ids, smoothing, alpha):
    """What one stack adds to equation 8: the mean cross-entropy of the passes, and alpha times their divergence."""
    mean = sum(cross_entropy(logits, ids, smoothing) for logits in passes) / len(passes)
    return mean + alpha * x_divergence(passes) if len(passes) > 1 else mean


def segments(batch):
    """Each row of a padded batch: the ids of encoder and decoder, and of each stack {position in the row: answer}.

    Where the decoder of a short row reads `</s>`, among the padding, nothing is predicted.
    """
    rows = []
    for number, ids in enumerate(zip(batch.source.tolist(), batch.inputs.tolist(), strict=True)):
        answers = {}
        for stack, padded in zip(("encoder", "decoder"), ids, strict=True):
            told = batch.answers.get(stack)
            places = zip(told.positions.tolist(), told.ids.tolist(), strict=True) if told else ()
            answers[stack] = {at % len(padded): one for at, one in places if at // len(padded) == number}
        rows.append((*([i for i in padded if i not in (PAD, END)] for padded in ids), answers))
    return rows
