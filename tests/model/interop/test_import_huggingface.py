"""Tiny models of Hugging Face's classes, made by bench/huggingface_parity.py with what transformers gives for them."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from model.batches.placement import placement_of
from model.command import UserError
from model.config.model import read_config
from model.config.search import SearchConfig
from model.decoding.generate import generate
from model.decoding.steps import forbidden_rows
from model.interop.huggingface_vocabulary import TOKENIZER_CONFIG, vocabulary_of
from model.interop.import_huggingface import convert
from model.interop.marian_vocabulary import marian_vocabulary
from model.network.folder import load_model
from model.text.ragged import Ragged
from model.text.vocabulary import END_ID
from tests.model.interop.folders import MODELS, copied, listed, settings

NAMES = ("nllb", "m2m", "mbart", "marian")


@pytest.fixture(params=NAMES, scope="module")
def imported(request, tmp_path_factory):
    """What transformers gave, the model and its tokenizer here, and for each of our rows theirs."""
    output = tmp_path_factory.mktemp(request.param) / "model"
    convert(MODELS / request.param, output)
    expected = json.loads((MODELS / request.param / "expected.json").read_text(encoding="utf-8"))
    return expected, *load_model(output, torch.device("cpu")), rows_of(request.param)


def rows_of(name):
    folder = MODELS / name
    return marian_vocabulary(folder, (), ())[1] if name == "marian" else vocabulary_of(folder)[1]


def begin(model, tokenizer):
    """What the decoder reads before a translation into Galician."""
    return list(placement_of(model.config).start(tokenizer.vocabulary.language_id("gl")))


def source_of(model, tokenizer, ids):
    """What the encoder reads of English ids."""
    english, galician = (np.array([tokenizer.vocabulary.language_id(code)]) for code in ("en", "gl"))
    return torch.from_numpy(placement_of(model.config).source(Ragged.from_lists([ids]), english, galician))


def test_text_has_their_ids(imported):
    expected, model, tokenizer, rows = imported
    for line, source in zip(expected["lines"], expected["sources"], strict=True):
        ids = tokenizer.encode(line, "en")
        assert [rows[i] for i in source_of(model, tokenizer, ids)[0].tolist()] == source
        assert tokenizer.decode(ids, "en") == line


def test_logits_are_theirs(imported):
    expected, model, tokenizer, rows = imported
    ids = tokenizer.encode(expected["lines"][0], "en")
    inputs, there = torch.tensor([[*begin(model, tokenizer), *ids, END_ID]]), torch.tensor(rows) >= 0
    with torch.no_grad():
        found = model.logits(model(source_of(model, tokenizer, ids), inputs))[0, :4, there]
    wanted = torch.tensor(expected["logits"])[:, [row for row in rows if row >= 0]]
    assert torch.allclose(found, wanted, atol=2e-5)


@pytest.mark.parametrize(("beam", "kind"), [(1, "greedy"), (5, "beam")])
def test_translations_are_theirs(imported, beam, kind):
    expected, model, tokenizer, rows = imported
    forbidden, language = forbidden_rows(tokenizer.vocabulary), tokenizer.vocabulary.language_id("gl")
    search = SearchConfig(beam=beam, length_penalty=0)
    for line, wanted in zip(expected["lines"], expected[kind], strict=True):
        source = source_of(model, tokenizer, tokenizer.encode(line, "en"))
        (found, *_), *_ = generate([model], source, language, search, forbidden)
        assert [rows[i] for i in found.ids] == wanted


def test_a_pickle_and_weights_in_parts_are_read_too(tmp_path):
    convert(MODELS / "nllb", tmp_path / "whole")
    wanted = load_file(tmp_path / "whole" / "model.safetensors")
    pickled, parts = copied(tmp_path / "pickled"), copied(tmp_path / "parts")
    tensors = load_file(pickled / "model.safetensors")
    torch.save(tensors, pickled / "pytorch_model.bin")
    (pickled / "model.safetensors").unlink()
    weight_map = {key: f"part-{number % 2}.safetensors" for number, key in enumerate(tensors)}
    for part in set(weight_map.values()):
        save_file({key: tensors[key] for key in tensors if weight_map[key] == part}, parts / part)
    (parts / "model.safetensors").unlink()
    (parts / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))
    for folder in (pickled, parts):
        convert(folder, folder / "imported")
        found = load_file(folder / "imported" / "model.safetensors")
        assert found.keys() == wanted.keys() and all(torch.equal(found[key], wanted[key]) for key in wanted)


def test_it_translates_by_the_command(tmp_path):
    convert(MODELS / "mbart", tmp_path / "model")
    line = json.loads((MODELS / "mbart" / "expected.json").read_text())["lines"][0]
    command = [
        sys.executable,
        "-m",
        "model.translate",
        "--model",
        tmp_path / "model",
        "--source",
        "en",
        "--target",
        "gl",
    ]
    done = subprocess.run(command, input=line + "\n", capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) & set(line.split())  # it has learned to repeat lines more or less


def index(folder, part):
    (folder / "model.safetensors").rename(folder / "part.safetensors")
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"model.shared.weight": part}}))


def tokenizer(folder, **content):
    settings(folder, TOKENIZER_CONFIG, added_tokens_decoder=None)
    (folder / "tokenizer.json").write_text(json.dumps(content))


def broken(folder, what):
    tensors = load_file(folder / "model.safetensors")
    what(tensors)
    save_file(tensors, folder / "model.safetensors")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: (f / "config.json").unlink(), "config.json: not found"),
        (lambda f: (f / "config.json").write_text("{"), "config.json: no JSON"),
        (lambda f: (f / "config.json").write_text("[]"), "config.json: no JSON object"),
        (lambda f: settings(f, architectures=["T5ForConditionalGeneration"]), "config.json: architectures: .*T5"),
        (lambda f: settings(f, architectures=None), "config.json: architectures: "),
        (lambda f: settings(f, d_model=None), "config.json: d_model: missing"),
        (lambda f: settings(f, decoder_ffn_dim=64), "config.json: decoder_ffn_dim: not encoder_ffn_dim"),
        (lambda f: settings(f, encoder_attention_heads=5, decoder_attention_heads=5), "heads: 5 does not divide"),
        (lambda f: settings(f, activation_function="gelu_new"), "activation_function: .*gelu_new"),
        (lambda f: settings(f, tie_word_embeddings=False), "tie_word_embeddings"),
        (lambda f: settings(f, encoder_layers=3), "has no tensor encoder.layers.2.self_attn.q_proj.weight"),
        (lambda f: settings(f, encoder_layers=1), "encoder.layers.1.*has no place"),
        (lambda f: settings(f, encoder_ffn_dim=64, decoder_ffn_dim=64), r"shape \(32, 24\), expected \(64, 24\)"),
        (lambda f: settings(f, TOKENIZER_CONFIG, legacy_behaviour=True), "tokenizer_config.json: legacy_behav"),
        (lambda f: (f / "model.safetensors").unlink(), "has neither model.safetensors nor pytorch_model.bin"),
        (lambda f: (f / "model.safetensors").write_bytes(b"12345678"), "model.safetensors: damaged"),
        (lambda f: (f / "sentencepiece.bpe.model").unlink(), "sentencepiece.bpe.model: not found"),
        (lambda f: (f / "sentencepiece.bpe.model").write_text("no"), "sentencepiece.bpe.model: not a SentencePiece"),
        (lambda f: broken(f, lambda t: t.pop("model.shared.weight")), "has no tensor shared.weight"),
        (lambda f: broken(f, lambda t: t.update({"lm_head.weight": torch.ones(324, 24)})), "lm_head.weight is not sh"),
        (lambda f: broken(f, lambda t: t.update({"model.shared.weight": torch.ones(9, 24)})), r"shape \(9, 24\), n"),
        (lambda f: broken(f, lambda t: t.update({"model.shared.weight": torch.ones(324)})), r"shape \(324,\), not"),
        (lambda f: broken(f, lambda t: t.update(final_logits_bias=torch.ones(1, 9))), "bias has 9 numbers for 324 "),
        (lambda f: broken(f, lambda t: t.update({"model.encoder.adapter": torch.ones(9)})), "adapter has no place"),
        (lambda f: index(f, 3), "index.json: weight_map: no names of files"),
        (lambda f: index(f, "../model.safetensors"), "index.json: weight_map: no names of files"),
        (lambda f: settings(f, TOKENIZER_CONFIG, tokenizer_class="MBartTokenizerFast"), "unknown .*MBartTokenizer"),
        (lambda f: settings(f, decoder_start_token_id=122), "config.json: decoder_start_token_id is not eos_token_id"),
        (lambda f: settings(f, TOKENIZER_CONFIG, added_tokens_decoder={"9": "eng_Latn"}), "do not follow the 121 rows"),
        (lambda f: tokenizer(f, model={"vocab": {"<s>": 1}}), "tokenizer.json: '<s>' has row 1, in .*model 0"),
        (lambda f: tokenizer(f, model={"vocab": [["<pad>", 0.0]]}), "tokenizer.json: '<pad>' has row 0, in .*model 1"),
        *(
            (lambda f, told=told: settings(f, TOKENIZER_CONFIG, added_tokens_decoder=told), "no list of tokens")
            for told in ({"4": "x", "y": "z"}, {"4": {"text": "x"}}, {"4": None}, {"4": {"content": 5}})
        ),
        *((lambda f, told=told: listed(f, told), "no list of tokens") for told in ([{"x": 1}], [5], [["x"]], 7)),
        *((lambda f, told=told: tokenizer(f, added_tokens=told), "no list of tokens") for told in ([5], 5, {"x": 1})),
    ],
)  # fmt: skip
def test_what_cannot_be_imported_is_refused_in_one_line(tmp_path, change, message):
    folder = copied(tmp_path)
    change(folder)
    with pytest.raises(UserError, match=message) as refused:
        convert(folder, tmp_path / "model")
    assert str(refused.value).startswith(str(folder)) and "\n" not in str(refused.value)
    assert not (tmp_path / "model").exists()


def test_sizes_are_those_of_config_json(tmp_path):
    convert(MODELS / "mbart", tmp_path / "model")
    config = read_config(tmp_path / "model")
    assert (config.width, config.feedforward, config.heads, config.max_positions) == (24, 32, 4, 40)
    assert (config.norm, config.activation, config.positions, config.embedding_norm) == ("pre", "gelu", "learned", True)
    assert config.embedding_scale == "none" and not config.output_bias
    with pytest.raises(UserError, match="exists already"):
        convert(MODELS / "mbart", tmp_path / "model")
