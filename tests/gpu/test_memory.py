"""A training needs no more memory of a GPU than docs/reference.md says."""

import torch

from model.batches.collate import collate
from model.batches.placement import SIDES
from model.config.model import ModelConfig
from model.config.training import TrainingConfig
from model.machine.devices import autocast
from model.network.transformer import Transformer
from model.shards.examples import Examples, Side
from model.text.ragged import Ragged
from model.training.learner import Learner
from model.training.optimisation import adam

# docs/reference.md, "Memory of a GPU".
OF_WEIGHT = 18  # bytes: weight, gradient and two moments in float32, and the weight in bf16
OF_SOURCE, OF_TARGET = 55, 85  # bytes of each number of a token's width, for each layer of the encoder, the decoder
OF_OTHERS = 16  # the same for embeddings, the last norms and the gradient of the loss
SCORES = 1 / 25  # of the memory of the GPU, for a part of the scores over the vocabulary
WORK = {"cuda": (1024, 6, 64_808, 512), "cpu": (128, 2, 600, 40)}  # width, layers, rows of the vocabulary, sentences
LENGTH = 30  # subwords of a segment, without its two control tokens


def gigabytes_of_a_training(sizes: ModelConfig, weights: int, source: int, target: int) -> float:
    """GB that a training in bf16 needs beside the scores. source, target: positions of a batch, padding included."""
    source_bytes = source * (OF_SOURCE * sizes.encoder_layers + OF_OTHERS)
    target_bytes = target * (OF_TARGET * sizes.decoder_layers + OF_OTHERS)
    return (OF_WEIGHT * weights + sizes.width * (source_bytes + target_bytes)) / 1e9


def learner_and_batch(device):
    width, layers, rows, sentences = WORK[device.type]
    heads = width // 64
    sizes = {
        "width": width,
        "feedforward": 4 * width,
        "heads": heads,
        "encoder_layers": layers,
        "decoder_layers": layers,
    }
    ids = torch.randint(10, rows, (2 * sentences, LENGTH), generator=torch.Generator().manual_seed(1)).numpy()
    languages = torch.full((sentences,), 5, dtype=torch.int32).numpy()
    sides = [Side(Ragged.from_lists(half.tolist()), languages) for half in (ids[:sentences], ids[sentences:])]
    model = Transformer(ModelConfig(**sizes), rows, 0.1, 0.1)
    batch = collate(Examples(*sides), list(range(sentences)), SIDES)
    return Learner(model, 0.1).train().to(device), batch.to(device)


def kept_for_the_gradients(learner, batch):
    """Bytes of the tensors that a forward pass keeps, without the parameters."""
    own = {p.untyped_storage().data_ptr() for p in learner.parameters()}
    kept = {}

    def keep(tensor):
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        learner(batch)
    return sum(storage.nbytes() for place, storage in kept.items() if place not in own)


def test_a_training_fits_into_what_the_reference_says(device):
    """On a GPU the peak of all that torch holds. In a rehearsal what is kept for the gradients, and Adam's tensors."""
    learner, batch = learner_and_batch(device)
    weights = sum(parameter.numel() for parameter in learner.parameters())
    positions = batch.source.numel(), batch.inputs.numel()
    expected = gigabytes_of_a_training(learner.model.config, weights, *positions)
    with autocast(device, torch.bfloat16):
        if device.type == "cpu":
            assert kept_for_the_gradients(learner, batch) / 1e9 + 16 * weights / 1e9 < expected
            return
        expected += SCORES * torch.cuda.get_device_properties(device).total_memory / 1e9
        optimizer = adam(learner.model, TrainingConfig())
        torch.cuda.reset_peak_memory_stats()
        for _ in range(3):
            learner(batch).backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
    peak = torch.cuda.max_memory_allocated() / 1e9
    print(f"{peak:.1f} GB; {expected:.1f} GB expected")
    assert peak < expected
