"""Write a model folder in the format of Hugging Face: config.json, weights, settings of its search and a card.

The class follows from the layer norms (`huggingface_classes.CLASSES`). Tables of positions are written out, sinusoids
too. The rows of the vocabulary keep their order. The folder `subwords/` has the files of this project's tokenizer.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from model.batches.placement import placement_of
from model.config.model import CONFIG, ModelConfig, read_config
from model.config.search import SearchConfig
from model.interop.huggingface_card import FAST, OURS, card
from model.interop.huggingface_classes import ACTIVATIONS, BIAS, CLASSES, SIZES
from model.interop.huggingface_tokenizer import added_tokens, fast_tokenizer, tokenizer_config, why_not
from model.interop.published import READS, split
from model.network.folder import WEIGHTS, read_weights, write_tensors
from model.network.transformer import sinusoids
from model.records import write_json
from model.text.tokenizer import EXPORTED, Tokenizer, copy_subwords
from model.text.vocabulary import END_ID, PAD_ID, Vocabulary
from model.writing import whole_folder

QUANTIZATIONS = ("float32", "float16")


def convert(
    model_folder: Path,
    output: Path,
    quantization: str | None = None,
    source: str | None = None,
    target: str | None = None,
) -> None:
    """Write the folder `output`.

    quantization: of the weights, one of QUANTIZATIONS; None is float32. source, target: the languages that the folder
    translates between if its reader says nothing else. Raises UserError for a language that the model does not have.
    """
    config, tokenizer = read_config(model_folder), Tokenizer(model_folder)
    vocabulary = tokenizer.vocabulary
    for language in filter(None, (source, target)):
        vocabulary.language_id(language)
    name, dtype = class_of(config), quantization or "float32"
    rounded = {
        key: tensor.to(getattr(torch, dtype)) for key, tensor in tensors_of(read_weights(model_folder), config).items()
    }
    with whole_folder(output) as part:
        write_tensors(part / WEIGHTS, rounded, {"format": "pt"})  # which versions of transformers before 4.47 need
        write_json(part / CONFIG, settings(config, name, len(vocabulary)) | {"dtype": dtype})
        write_json(part / "generation_config.json", generation(config, vocabulary, target))
        if reason := why_not(tokenizer):
            print(f"no tokenizer.json is written, because {reason}; the card shows how to use {EXPORTED}/")
        else:
            write_json(part / "tokenizer.json", fast_tokenizer(tokenizer, added_tokens(config, source, target)))
            write_json(part / "tokenizer_config.json", tokenizer_config(config))
        about = card(output.name, name, config, vocabulary, OURS if reason else FAST, (source, target))
        (part / "README.md").write_text(about, encoding="utf-8")
        (part / EXPORTED).mkdir()
        copy_subwords(model_folder, part / EXPORTED)


def class_of(config: ModelConfig) -> str:
    """The class that has the same layer norms."""
    fitting = (
        name
        for name, kind in CLASSES.items()
        if kind.written and (kind.norm, kind.embedding_norm) == (config.norm, config.embedding_norm)
    )
    return next(fitting)


def tensors_of(weights: dict[str, Tensor], config: ModelConfig) -> dict[str, Tensor]:
    """All tensors by their names there. A projection that only the encoder has is left out."""
    kind, tokens = CLASSES[class_of(config)], weights["embedding.tokens.weight"]
    bias = weights["output_bias"] if config.output_bias else torch.zeros(len(tokens))
    found = {"model.shared.weight": tokens, BIAS: bias[None]}
    for side, text in READS.items():
        table = weights.get(f"embedding.{text}_positions.weight", sinusoids(config.max_positions, config.width))
        found[f"model.{side}.embed_positions.weight"] = F.pad(table, (0, 0, kind.first, 0))
    found |= {f"model.{name}": tensor for name, tensor in split(weights, config).items()}
    return {name: tensor.clone(memory_format=torch.contiguous_format) for name, tensor in found.items()}


def settings(config: ModelConfig, name: str, rows: int) -> dict[str, object]:
    """config.json. `language_tokens` is read by nobody there; it is kept for the way back."""
    sizes = {theirs: getattr(config, ours) for ours, keys in SIZES.items() for theirs in keys}
    activations = {ours: theirs for theirs, ours in reversed(ACTIVATIONS.items())}
    return {
        "architectures": [name],
        "model_type": CLASSES[name].type,
        "is_encoder_decoder": True,
        **sizes,
        "vocab_size": rows,
        "activation_function": activations[config.activation],
        "scale_embedding": config.embedding_scale == "sqrt",
        "tie_word_embeddings": True,
        "pad_token_id": PAD_ID,
        "bos_token_id": END_ID,
        "eos_token_id": END_ID,
        "decoder_start_token_id": start_of(config),
        "language_tokens": config.language_tokens,
    }


def start_of(config: ModelConfig) -> int:
    """What the decoder reads first, if generate() is not told another row."""
    return PAD_ID if placement_of(config).begin == "zero" else END_ID


def generation(config: ModelConfig, vocabulary: Vocabulary, target: str | None = None) -> dict[str, object]:
    """generation_config.json: nobody's defaults, and no control token but </s>.

    These are `bad_words_ids`, because what is suppressed cannot be forced there either, and the language is.
    """
    search = SearchConfig()
    controls = [[row] for row in range(len(vocabulary)) if vocabulary.is_control(row) and row != END_ID]
    return {
        "pad_token_id": PAD_ID,
        "bos_token_id": END_ID,
        "eos_token_id": END_ID,
        "decoder_start_token_id": start_of(config),
        "forced_eos_token_id": END_ID,
        "encoder_no_repeat_ngram_size": 0,
        "no_repeat_ngram_size": 0,
        "bad_words_ids": controls,
        "num_beams": search.beam,
        "length_penalty": search.length_penalty,
        "max_length": config.max_positions,
        **(forced(config, vocabulary.language_id(target)) if target else {}),
    }


def forced(config: ModelConfig, language: int) -> dict[str, object]:
    """What lets generate() translate into a language. language: the row of its token."""
    placement = placement_of(config)
    if placement.names_target:
        return {"forced_bos_token_id": language}
    return {"decoder_start_token_id": language} if placement.begin == "target" else {}
