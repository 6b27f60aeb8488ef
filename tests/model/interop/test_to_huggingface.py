"""Folders in the format of Hugging Face. bench/huggingface_export.py compares them with transformers itself."""

import json

import pytest
import torch
import yaml
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from model.command import UserError
from model.config.model import read_config
from model.interop.export import export
from model.interop.import_huggingface import convert
from model.network.folder import load_model, read_weights
from tests.model.interop.test_ctranslate2 import CONTROLS, VARIANTS, VOCABULARY, save, spread

CLASSES = {
    "mrasp": "MarianMTModel",
    "post, sinusoidal": "MarianMTModel",
    "marian": "MarianMTModel",
    "m8": "BlenderbotForConditionalGeneration",
    "target": "BlenderbotForConditionalGeneration",
    "mbart": "MBartForConditionalGeneration",
}


def exported(tmp_path, variant):
    """A model folder, and its export."""
    model = save(spread(variant), tmp_path)
    export(model, tmp_path / "exported", "huggingface")
    return model, tmp_path / "exported"


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_way_back_gives_the_same_model(tmp_path, variant):
    model, folder = exported(tmp_path, variant)
    convert(folder, tmp_path / "back")
    before, after = read_weights(model), read_weights(tmp_path / "back")
    fixed = "embedding.source_positions.weight" in before and read_config(model).positions == "fixed"
    if fixed:  # a table that equals our sinusoids comes back as such, and is not stored
        before = {name: tensor for name, tensor in before.items() if "positions" not in name}
    assert before.keys() == after.keys() and all(torch.equal(before[name], after[name]) for name in before)
    ours, theirs = read_config(model), read_config(tmp_path / "back")
    assert theirs == ours.model_copy(update={"positions": "sinusoidal"} if fixed else {})
    ids, inputs = torch.tensor([[5, 9, 8, 1]]), torch.tensor([[1, 6, 9]])
    (first, tokenizer), (second, _) = (load_model(at, torch.device("cpu")) for at in (model, tmp_path / "back"))
    assert torch.equal(first(ids, inputs), second(ids, inputs))
    assert tokenizer.vocabulary.pieces == VOCABULARY.pieces


@pytest.mark.parametrize(("variant", "name"), CLASSES.items())
def test_the_class_has_the_same_layer_norms(tmp_path, variant, name):
    _, folder = exported(tmp_path, variant)
    settings = json.loads((folder / "config.json").read_text())
    assert settings["architectures"] == [name]
    assert settings["scale_embedding"] and settings["vocab_size"] == len(VOCABULARY)
    activations = {"m8": "relu", "marian": "silu"}
    assert settings["activation_function"] == activations.get(variant, "gelu")


def test_the_first_position_is_where_the_class_looks_for_it(tmp_path):
    for variant, first in (("mrasp", 0), ("mbart", 2)):
        (tmp_path / variant).mkdir()
        model, folder = exported(tmp_path / variant, variant)
        table = load_file(folder / "model.safetensors")["model.decoder.embed_positions.weight"]
        assert torch.equal(table[first:], read_weights(model)["embedding.target_positions.weight"])


def test_queries_keys_and_values_are_apart_and_in_this_order(tmp_path):
    model, folder = exported(tmp_path, "mrasp")
    joint = read_weights(model)["decoder.2.cross.query_key_value.weight"]
    found = load_file(folder / "model.safetensors")
    parts = [found[f"model.decoder.layers.2.encoder_attn.{part}_proj.weight"] for part in "qkv"]
    assert torch.equal(torch.cat(parts), joint)


def test_the_search_may_not_write_control_tokens_but_the_end(tmp_path):
    _, folder = exported(tmp_path, "mrasp")
    settings = json.loads((folder / "generation_config.json").read_text())
    assert [VOCABULARY.pieces[row] for (row,) in settings["bad_words_ids"]] == CONTROLS
    assert settings["forced_eos_token_id"] == VOCABULARY.pieces.index("</s>") == settings["eos_token_id"]
    assert settings["max_length"] == 24 and settings["encoder_no_repeat_ngram_size"] == 0


def test_a_projection_that_only_the_encoder_has_is_left_out(tmp_path):
    model = spread("m8")
    with torch.no_grad():
        rows = torch.ones_like(model.embedding.tokens.weight)
    folder = save(model, tmp_path)
    weights, config = read_weights(folder), json.loads((folder / "config.json").read_text())
    save_file({**weights, "encoder_rows": rows}, folder / "model.safetensors")
    config["model"]["encoder_projection"] = "separate"
    (folder / "config.json").write_text(json.dumps(config))
    export(folder, tmp_path / "exported", "huggingface")
    convert(tmp_path / "exported", tmp_path / "back")
    assert read_weights(tmp_path / "back").keys() == weights.keys()


def test_half_precision_is_written_if_asked_for(tmp_path):
    export(save(spread("mrasp"), tmp_path), tmp_path / "exported", "huggingface", "float16")
    assert {tensor.dtype for tensor in load_file(tmp_path / "exported" / "model.safetensors").values()} == {
        torch.float16
    }
    assert json.loads((tmp_path / "exported" / "config.json").read_text())["dtype"] == "float16"


@pytest.mark.parametrize("variant", ["mrasp", "post, sinusoidal", "mbart", "m8"])
def test_half_precision_comes_back_as_the_same_kind_of_model(tmp_path, variant):
    model = save(spread(variant), tmp_path)
    export(model, tmp_path / "exported", "huggingface", "float16")
    convert(tmp_path / "exported", tmp_path / "back")
    assert read_config(tmp_path / "back") == read_config(model)
    before, after = read_weights(model), read_weights(tmp_path / "back")
    assert before.keys() == after.keys() and all(torch.equal(before[key].half().float(), after[key]) for key in before)


def test_the_file_says_that_its_tensors_are_those_of_torch(tmp_path):
    _, folder = exported(tmp_path, "mrasp")
    with safe_open(folder / "model.safetensors", "pt") as file:
        assert file.metadata() == {"format": "pt"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"language_tokens": "middle"}, "config.json: language_tokens: .*'sides', 'target', 'front' or 'none'"),
        ({"d_model": 24}, "expected"),
        ({"decoder_layers": 4}, "has no tensor decoder.layers.3"),
    ],
)
def test_a_damaged_export_is_refused_in_one_line(tmp_path, change, message):
    _, folder = exported(tmp_path, "target")
    settings = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(settings | change))
    with pytest.raises(UserError, match=message) as refused:
        convert(folder, tmp_path / "back")
    assert "\n" not in str(refused.value) and not (tmp_path / "back").exists()


@pytest.mark.parametrize("variant", ["mrasp", "target"])
def test_the_card_says_how_a_source_looks(tmp_path, variant):
    _, folder = exported(tmp_path, variant)
    card = (folder / "README.md").read_text()
    first = "[language(source), *pieces," if variant == "mrasp" else "[*pieces, language(target)]"
    assert yaml.safe_load(card.split("---")[1])["language"] == ["en", "gl"]
    assert first in card and "language = tokenizer.vocabulary.language_id" in card and "`en`, `gl`" in card
    assert ("_keys_to_ignore_on_save" in card) == (variant == "mrasp")
