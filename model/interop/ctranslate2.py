"""Convert a model folder to a model of CTranslate2, an inference engine without torch.

Its Transformer has the same parts as ours, with other names and layouts. Position embeddings are a table there, so
learned ones and sinusoids are written in the same way. The embedding is used in three places; CTranslate2 writes it
once.
"""

from pathlib import Path
from typing import Any

import torch

from model.batches.placement import placement_of
from model.command import UserError
from model.network.attention import Attention
from model.network.folder import load_model
from model.network.transformer import DecoderLayer, Sublayer, Transformer
from model.text.tokenizer import copy_subwords
from model.text.vocabulary import END, PAD, UNKNOWN, Vocabulary
from model.writing import whole_folder

QUANTIZATIONS = ("float32", "float16", "int8")


def convert(model_folder: Path, output: Path, quantization: str | None = None) -> None:
    """Write the folder `output`: a CTranslate2 model and the subword files of this project, all that a server needs.

    With `language_tokens: sides`, a source is `<lang:en>` and its pieces, and CTranslate2 adds `</s>` and starts the
    decoder with `</s>`. With `target`, a source is its pieces and the target's token, and CTranslate2 adds nothing. In
    both cases the target prefix is the target's language token. With `front` and `none` there is none, and the decoder
    starts with `<pad>`, a zero vector. config.json also has `max_positions`.
    quantization: of the weights, one of QUANTIZATIONS; None keeps float32. Raises UserError if the package ctranslate2
    is not installed.
    """
    specs = _specs()
    model, tokenizer = load_model(model_folder, torch.device("cpu"))
    spec = specification(specs, model, tokenizer.vocabulary)
    spec.validate()
    spec.optimize(quantization)
    with whole_folder(output) as part:
        spec.save(str(part))
        copy_subwords(model_folder, part)


def _specs() -> Any:
    try:
        from ctranslate2 import specs
    except ImportError:
        raise UserError("the format ctranslate2 needs a package: run `pip install ctranslate2`") from None
    return specs


def specification(specs: Any, model: Transformer, vocabulary: Vocabulary) -> Any:
    """The TransformerSpec of a model with weights and vocabulary. specs: the module ctranslate2.specs."""
    config = model.config
    spec = specs.TransformerSpec.from_config(
        (config.encoder_layers, config.decoder_layers),
        config.heads,
        pre_norm=config.norm == "pre",
        activation=getattr(specs.Activation, config.activation.upper()),
        layernorm_embedding=config.embedding_norm,
    )
    embedding = model.embedding
    for side, layers, positions, first, norm in (
        (spec.encoder, model.encoder, embedding.source_positions, embedding.source_norm, model.encoder_norm),
        (spec.decoder, model.decoder, embedding.target_positions, embedding.target_norm, model.decoder_norm),
    ):
        side.scale_embeddings = embedding.scale
        side.position_encodings.encodings = _array(positions.weight)
        if config.embedding_norm:
            _affine(side.layernorm_embedding, first, "gamma", "beta")
        if config.norm == "pre":
            _affine(side.layer_norm, norm, "gamma", "beta")
        for target, layer in zip(side.layer, layers, strict=True):
            _layer(target, layer)
    spec.encoder.embeddings[0].weight = _array(embedding.tokens.weight)
    spec.decoder.embeddings.weight = spec.decoder.projection.weight = _array(embedding.tokens.weight)
    if (bias := model.bias("decoder")) is not None:
        spec.decoder.projection.bias = _array(bias)
    spec.register_source_vocabulary(vocabulary.pieces)
    spec.register_target_vocabulary(vocabulary.pieces)
    spec.config.unk_token, spec.config.eos_token = UNKNOWN, END
    spec.config.bos_token = END  # otherwise <s> would be added to the vocabulary
    placement = placement_of(config)
    spec.config.add_source_eos = placement.last == "end"
    spec.config.decoder_start_token = {"end": END, "zero": PAD, "target": None}[placement.begin]
    spec.config.add_attribute("max_positions", config.max_positions)
    return spec


def _layer(target: Any, layer: Any) -> None:
    """Copy a layer of the encoder or the decoder. Layer norms are inside of the sublayers there."""
    _attention(target.self_attention, layer.attention, layer.around_attention)
    if isinstance(layer, DecoderLayer):
        _attention(target.attention, layer.cross, layer.around_cross)
    first, _, second = layer.feedforward
    _affine(target.ffn.linear_0, first)
    _affine(target.ffn.linear_1, second)
    _affine(target.ffn.layer_norm, layer.around_feedforward.norm, "gamma", "beta")


def _attention(target: Any, attention: Attention, around: Sublayer) -> None:
    """Copy an attention. Self-attention has one matrix for queries, keys and values, cross-attention two there."""
    joint, width = attention.query_key_value, attention.width
    *inputs, output = target.linear
    parts = [3 * width] if len(inputs) == 1 else [width, 2 * width]
    for linear, weight, bias in zip(inputs, joint.weight.split(parts), joint.bias.split(parts), strict=True):
        linear.weight, linear.bias = _array(weight), _array(bias)
    _affine(output, attention.output)
    _affine(target.layer_norm, around.norm, "gamma", "beta")


def _affine(target: Any, layer: Any, weight: str = "weight", bias: str = "bias") -> None:
    setattr(target, weight, _array(layer.weight))
    setattr(target, bias, _array(layer.bias))


def _array(weight: torch.Tensor) -> Any:
    """A copy as numpy, because quantisation changes arrays in place."""
    return weight.detach().numpy().copy()
