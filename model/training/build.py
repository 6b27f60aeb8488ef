"""Build the model that a run starts with."""

from pathlib import Path

import torch

from model.command import UserError
from model.config.model import ModelConfig, read_config
from model.config.run import RunConfig
from model.network.folder import check_files, read_weights
from model.network.transformer import Transformer
from model.text.tokenizer import VOCABULARY, Tokenizer
from model.text.vocabulary import Vocabulary
from model.training.extend import extended_embedding, kept_rows

ROWS = ("embedding.tokens.weight", "encoder_rows")  # tensors with one row for each row of the vocabulary
BIAS = "output_bias"
POSITIONS = ("embedding.source_positions.weight", "embedding.target_positions.weight")


def build_model(config: RunConfig, vocabulary: Vocabulary) -> tuple[Transformer, ModelConfig]:
    """The model and its sizes: a new one, or that of `init` with the rows of this vocabulary and new positions.

    Raises UserError if the run asks for other sizes than those of `init`. Only `max_positions` may be larger.
    """
    rates = (config.training.dropout, config.training.attention_dropout)
    if not config.init:
        return _with_residual(Transformer(config.model, len(vocabulary), *rates), config), config.model
    check_files(config.init)
    old, sizes = Vocabulary.read(Path(config.init) / VOCABULARY), _sizes(config, read_config(config.init))
    kept, kind = kept_rows(old, vocabulary, config.init), Tokenizer(config.init).settings["kind"]
    model, weights = Transformer(sizes, len(vocabulary), *rates), read_weights(config.init)
    generator = torch.Generator().manual_seed(config.seed)
    if len(kept) < len(old):
        print(f"{config.init}: {len(old) - len(kept):,} of its {len(old):,} rows are left out")
    if BIAS in weights:  # a new row is as likely as the others are in the mean
        usual = weights[BIAS][weights[ROWS[0]].any(1)].mean()
    for name in ROWS:
        if name in weights:
            rows, like = config.training.new_rows, config.training.like
            weights[name] = extended_embedding(weights[name], old, vocabulary, kept, generator, rows, kind, like)
    if BIAS in weights:
        bias = weights[BIAS]
        weights[BIAS] = torch.cat([bias[kept], usual.expand(len(vocabulary) - len(kept))])
    fresh = model.state_dict()
    for name in POSITIONS:
        if name in weights:
            # Positions beyond those of `init` are initialised as in a new model.
            weights[name] = torch.cat([weights[name], fresh[name][len(weights[name]) :]])
    model.load_state_dict(weights)
    return _with_residual(model, config), sizes


def _with_residual(model: Transformer, config: RunConfig) -> Transformer:
    model.embedding.residual = getattr(torch, config.training.residual)
    return model


def _sizes(config: RunConfig, old: ModelConfig) -> ModelConfig:
    """The sizes of `init`, with more positions if the run asks for more.

    A size that the run leaves at its default is taken from `init`, so that a study need not repeat the sizes.
    """
    default = ModelConfig()
    for key in ModelConfig.model_fields:
        wanted, value = getattr(config.model, key), getattr(old, key)
        if key != "max_positions" and wanted not in (value, getattr(default, key)):
            raise UserError(
                f"runs.{config.run}: model.{key} is {wanted}, but {config.init} has {value};"
                f" set model.{key} to that, or start from another model"
            )
    asked = config.model.max_positions if config.model.max_positions != default.max_positions else 0
    if old.positions == "fixed" and asked > old.max_positions:
        raise UserError(
            f"runs.{config.run}: model.max_positions is {asked}, but {config.init} has a fixed table of"
            f" {old.max_positions} positions; set it to at most that"
        )
    return old.model_copy(update={"max_positions": max(old.max_positions, asked)})
