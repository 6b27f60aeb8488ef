"""The other side of the throughput benches: Hugging Face's MBart, used as a user of the library would.

MBart is a Transformer of the same shape with the norm before each layer. It has one more layer norm after each
embedding. A DataLoader makes batches of the same pairs as ours, padded on the right. The loss is torch's cross-entropy
over all positions of the target, and the optimiser is fused AdamW.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader, Dataset

from model.batches.budget import plan_batches
from model.batches.placement import SIDES
from model.batches.stream import Stream
from model.command import UserError
from model.config.model import ModelConfig
from model.config.run import RunConfig
from model.machine.devices import autocast, choose_device, choose_precision
from model.shards.examples import Examples, Side, read_shards
from model.text.tokenizer import Tokenizer
from model.text.vocabulary import END_ID, PAD_ID, Vocabulary
from model.text.words import Words
from model.training.optimisation import learning_rate

IGNORED = -100  # the label of a padded position, as torch's cross-entropy has it
Batch = dict[str, Tensor]  # input_ids, attention_mask [B, S]; decoder_input_ids, labels [B, T]


class Training(NamedTuple):
    """A training, one update at a time, seen from one of its processes."""

    update: Callable[[], tuple[int, int]]  # one update: its own target tokens, and its own positions with padding
    dev_loss: Callable[[], float]  # nats a target token, without smoothing
    sum: Callable[[float], float] = float  # of a number over all processes


def mbart(sizes: ModelConfig, rows: int, attention: str, dropout: float = 0.0, attention_dropout: float = 0.0) -> Any:
    """MBartForConditionalGeneration of these sizes with random weights; rows: of the vocabulary.

    attention: `eager` or `sdpa`. Raises UserError where transformers is not installed.
    """
    try:
        from transformers import MBartConfig, MBartForConditionalGeneration
    except ImportError:
        raise UserError("transformers is not installed; run: pip install '.[bench]'") from None
    config = MBartConfig(
        vocab_size=rows,
        max_position_embeddings=sizes.max_positions,
        d_model=sizes.width,
        encoder_layers=sizes.encoder_layers,
        decoder_layers=sizes.decoder_layers,
        encoder_ffn_dim=sizes.feedforward,
        decoder_ffn_dim=sizes.feedforward,
        encoder_attention_heads=sizes.heads,
        decoder_attention_heads=sizes.heads,
        activation_function=sizes.activation,
        dropout=dropout,
        attention_dropout=attention_dropout,
        scale_embedding=True,
        pad_token_id=PAD_ID,
        bos_token_id=None,
        eos_token_id=END_ID,
        decoder_start_token_id=END_ID,
        forced_eos_token_id=None,
        attn_implementation=attention,  # type: ignore[call-arg]
    )
    return MBartForConditionalGeneration(config)


class Pairs(Dataset):
    """Pairs of shards: source and target ids with their controls."""

    def __init__(self, examples: Examples):
        self.examples = examples

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return _with_controls(self.examples.source, index), _with_controls(self.examples.target, index)


def _with_controls(side: Side, index: int) -> Tensor:
    ids = np.concatenate([[side.language[index]], side.segments[index], [END_ID]])
    return torch.from_numpy(ids.astype(np.int64))


def collate(pairs: Sequence[tuple[Tensor, Tensor]]) -> Batch:
    """Pad pairs; the decoder reads `</s> <lang> y …` and its labels are `<lang> y … </s>`."""
    sources, targets = map(list, zip(*pairs, strict=True))
    input_ids = pad_sequence(sources, batch_first=True, padding_value=PAD_ID)
    shifted = [torch.cat([target.new_tensor([END_ID]), target[:-1]]) for target in targets]
    return {
        "input_ids": input_ids,
        "attention_mask": (input_ids != PAD_ID).long(),
        "decoder_input_ids": pad_sequence(shifted, batch_first=True, padding_value=PAD_ID),
        "labels": pad_sequence(targets, batch_first=True, padding_value=IGNORED),
    }


def loaded(examples: Examples, plan: Sequence[np.ndarray], device: torch.device) -> DataLoader:
    """The batches of a plan. With a GPU, four worker processes make them."""
    on_gpu = device.type == "cuda"
    rows = [batch.tolist() for batch in plan]
    return DataLoader(
        Pairs(examples), batch_sampler=rows, collate_fn=collate, num_workers=4 if on_gpu else 0, pin_memory=on_gpu
    )


def loss_of(model: Any, batch: Batch, smoothing: float = 0.0, reduction: str = "mean") -> Tensor:
    """Cross-entropy in nats over the labels that are not padding; torch's own label smoothing."""
    labels, inputs = batch["labels"], {name: batch[name] for name in batch if name != "labels"}
    logits = model(**inputs, use_cache=False).logits
    return F.cross_entropy(
        logits.flatten(0, 1), labels.flatten(), ignore_index=IGNORED, label_smoothing=smoothing, reduction=reduction
    )


def training(config: RunConfig, attention: str, compiled: bool) -> Training:
    """A plain training loop around MBart, with the sizes, data, rates and schedule of the run."""
    torch.manual_seed(config.seed)
    settings, device, vocabulary = config.training, choose_device(), Vocabulary.read(config.vocabulary)
    precision = choose_precision(settings.precision, device, config.model.width)
    rates = (settings.dropout, settings.attention_dropout)
    model = mbart(config.model, len(vocabulary), attention, *rates).to(device).train()
    if compiled:
        model.compile(dynamic=True)
    optimizer = torch.optim.AdamW(
        model.parameters(),
        lr=settings.learning_rate,
        betas=settings.adam_betas,
        eps=settings.adam_eps,
        weight_decay=0.0,
        fused=True,
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda done: learning_rate(settings, done + 1) / settings.learning_rate
    )
    batches = endless_batches(config, device)

    def update() -> tuple[int, int]:
        batch = next(batches)
        tokens = int((batch["labels"] != IGNORED).sum())
        batch = {name: tensor.to(device, non_blocking=True) for name, tensor in batch.items()}
        with autocast(device, precision):
            loss = loss_of(model, batch, settings.label_smoothing)
        loss.backward()
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        return tokens, batch["input_ids"].numel() + batch["labels"].numel()

    return Training(update, lambda: dev_loss(model, config, read_shards(config.dev, vocabulary), precision))


def endless_batches(config: RunConfig, device: torch.device) -> Iterator[Batch]:
    """The batches of the first task of a run, planned as ours are."""
    words = Words(Tokenizer(config.subwords, config.vocabulary))
    for pool in Stream(config, config.tasks[0], words).pools():
        yield from loaded(pool.examples, pool.plan, device)


@torch.no_grad()
def dev_loss(model: Any, config: RunConfig, dev: Examples, precision: torch.dtype) -> float:
    """Cross-entropy of the dev set in nats a target token, as ours is measured."""
    device = model.device
    model.eval()
    total, tokens = 0.0, 0
    plan = plan_batches(
        dev, config.training.batch_tokens, config.model.max_positions, np.random.default_rng(0), SIDES.controls
    )
    for batch in loaded(dev, plan, device):
        batch = {name: tensor.to(device) for name, tensor in batch.items()}
        with autocast(device, precision):
            total += loss_of(model, batch, reduction="sum").item()
        tokens += int((batch["labels"] != IGNORED).sum())
    model.train()
    return total / tokens


@torch.no_grad()
def generate(model: Any, source: Tensor, language: int, beam: int, length_penalty: float, length: int) -> list[int]:
    """Translate source [B, S] to exactly `length` tokens after the language token.

    Returns the length of each translation, without the `</s>` at its start and the language token.
    """
    found = model.generate(
        input_ids=source,
        attention_mask=(source != PAD_ID).long(),
        num_beams=beam,
        do_sample=False,
        length_penalty=length_penalty,
        forced_bos_token_id=language,
        max_new_tokens=length + 1,
        min_new_tokens=length + 1,
    )
    return [len(row) - 2 for row in found.tolist()]
