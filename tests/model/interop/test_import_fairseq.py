"""Checkpoints with the names and shapes of fairseq become models that compute the same.

What is to be expected is computed here from the tensors by their fairseq names, in plain operations.
"""

import argparse
import json
import math
import os
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from model.command import UserError
from model.config.model import ModelConfig, read_config
from model.config.run import RunConfig, Task
from model.config.training import TrainingConfig
from model.interop.fairseq import Checkpoint, sizes, weights
from model.interop.import_fairseq import convert
from model.network.folder import load_model
from model.network.transformer import Transformer
from model.text.vocabulary import SPECIALS, Vocabulary
from model.training.build import build_model

DICTIONARY = "the 9\na@@ 8\nb 7\nLANG_TOK_EN -1\nLANG_TOK_ZH -1\nc 6\nmadeupword0000 0\n"
CODES = "#version: 0.2\nt h\nth e</w>\n"
ROWS, WIDTH, HEADS, INNER, LAYERS, POSITIONS = 11, 16, 4, 24, 2, 12
OWN_ROWS = ROWS - 4 + len(SPECIALS)
PAD, END, UNKNOWN = 1, 2, 3  # in fairseq's dictionary
ARGS = {"encoder_attention_heads": HEADS, "decoder_attention_heads": HEADS, "activation_fn": "gelu"}


def shapes(rows, width, inner, layers, positions, pre=False, learned=True, first_norm=False):
    """Names and shapes of a shared-embedding Transformer of fairseq."""
    found = {}
    for side, attentions in (("encoder", ["self_attn"]), ("decoder", ["self_attn", "encoder_attn"])):
        found[f"{side}.version"] = (1,)
        found[f"{side}.embed_tokens.weight"] = (rows, width)
        found[f"{side}.embed_positions.{'weight' if learned else '_float_tensor'}"] = (
            (positions + 2, width) if learned else (1,)
        )
        affine = {f"{side}.layer_norm": (width,)} if pre else {}
        affine |= {f"{side}.layernorm_embedding": (width,)} if first_norm else {}
        for layer in (f"{side}.layers.{number}" for number in range(layers)):
            for attention in attentions:
                affine |= {f"{layer}.{attention}.{x}_proj": (width, width) for x in ("k", "v", "q", "out")}
                affine[f"{layer}.{attention}_layer_norm"] = (width,)
            affine |= {f"{layer}.fc1": (inner, width), f"{layer}.fc2": (width, inner)}
            affine[f"{layer}.final_layer_norm"] = (width,)
        found |= {f"{name}.weight": shape for name, shape in affine.items()}
        found |= {f"{name}.bias": shape[:1] for name, shape in affine.items()}
    return found | {"decoder.output_projection.weight": (rows, width)}


def random_tensors(**variant):
    torch.manual_seed(5)
    tensors = {
        name: torch.randn(s) * 0.4 for name, s in shapes(ROWS, WIDTH, INNER, LAYERS, POSITIONS, **variant).items()
    }
    tensors["encoder.embed_tokens.weight"][PAD] = 0
    for name in ("decoder.embed_tokens.weight", "decoder.output_projection.weight"):
        tensors[name] = tensors["encoder.embed_tokens.weight"]
    return tensors


def imported(tmp_path, content, dictionary=DICTIONARY, **options) -> Path:
    """The model folder of a checkpoint with this content."""
    tmp_path.mkdir(exist_ok=True)
    torch.save(content, tmp_path / "checkpoint.pt")
    (tmp_path / "dict.txt").write_text(dictionary)
    (tmp_path / "codes").write_text(CODES)
    output = tmp_path / "model"
    convert(tmp_path / "checkpoint.pt", tmp_path / "dict.txt", tmp_path / "codes", output, **options)
    return output


class Fairseq:
    """What a Transformer of fairseq computes from its tensors, one sentence at a time, without padding."""

    def __init__(self, tensors, pre=False, activation=F.gelu, scale=4.0):
        self.tensors, self.pre, self.activation, self.scale = tensors, pre, activation, scale

    def affine(self, name, x):
        return x @ self.tensors[f"{name}.weight"].T + self.tensors[f"{name}.bias"]

    def norm(self, name, x):
        scaled = (x - x.mean(-1, keepdim=True)) / torch.sqrt(x.var(-1, keepdim=True, correction=0) + 1e-5)
        return scaled * self.tensors[f"{name}.weight"] + self.tensors[f"{name}.bias"]

    def attention(self, name, x, memory, causal):
        heads = []
        queries, keys, values = (
            self.affine(f"{name}.{part}_proj", y) for part, y in (("q", x), ("k", memory), ("v", memory))
        )
        size = WIDTH // HEADS
        for part in (slice(head * size, (head + 1) * size) for head in range(HEADS)):
            scores = queries[:, part] @ keys[:, part].T / math.sqrt(size)
            if causal:
                scores = scores.masked_fill(torch.ones_like(scores).triu(1).bool(), -math.inf)
            heads.append(scores.softmax(-1) @ values[:, part])
        return self.affine(f"{name}.out_proj", torch.cat(heads, -1))

    def around(self, norm, x, function):
        return x + function(self.norm(norm, x)) if self.pre else self.norm(norm, x + function(x))

    def positions(self, side, length):
        """The first token stands at position padding_idx + 1 = 2."""
        learned = self.tensors.get(f"{side}.embed_positions.weight")
        if learned is not None:
            return learned[2 : 2 + length]
        half = WIDTH // 2
        rows = [
            [f(p * math.exp(-i * math.log(10000) / (half - 1))) for f in (math.sin, math.cos) for i in range(half)]
            for p in range(2, 2 + length)
        ]
        return torch.tensor(rows)

    def stack(self, side, ids, memory=None):
        x = self.tensors[f"{side}.embed_tokens.weight"][ids] * self.scale + self.positions(side, len(ids))
        if f"{side}.layernorm_embedding.weight" in self.tensors:
            x = self.norm(f"{side}.layernorm_embedding", x)
        for layer in (f"{side}.layers.{number}" for number in range(LAYERS)):
            x = self.around(
                f"{layer}.self_attn_layer_norm",
                x,
                lambda y, n=layer: self.attention(f"{n}.self_attn", y, y, causal=memory is not None),
            )
            if memory is not None:
                x = self.around(
                    f"{layer}.encoder_attn_layer_norm",
                    x,
                    lambda y, n=layer: self.attention(f"{n}.encoder_attn", y, memory, causal=False),
                )
            x = self.around(
                f"{layer}.final_layer_norm",
                x,
                lambda y, n=layer: self.affine(f"{n}.fc2", self.activation(self.affine(f"{n}.fc1", y))),
            )
        return self.norm(f"{side}.layer_norm", x) if self.pre else x


# Ids of fairseq's dictionary: 4 is its first line, which stands here behind our specials; <s> has none.
OURS = {PAD: 0, END: 1, UNKNOWN: 2, **{row: row + len(SPECIALS) - 4 for row in range(4, ROWS)}}
SOURCES = [[7, 4, 5, UNKNOWN, 9, END], [8, 6, END]]
TARGETS = [[END, 8, 9, 4, 6], [END, 7, 5, 5, UNKNOWN]]


@pytest.mark.parametrize(
    ("variant", "settings", "activation"),
    [
        ({}, {"encoder_normalize_before": False}, F.gelu),  # mRASP's
        ({"pre": True}, {"encoder_normalize_before": True, "activation_fn": "relu"}, F.relu),
        ({"learned": False}, {"max_source_positions": 12, "max_target_positions": 20}, F.gelu),
        ({"pre": True, "first_norm": True}, {"no_scale_embedding": True}, F.gelu),  # mRASP2's
    ],
)
def test_the_model_computes_what_fairseq_computes(tmp_path, variant, settings, activation):
    tensors = random_tensors(**variant)
    scale = 1 if "no_scale_embedding" in settings else math.sqrt(WIDTH)
    expected = Fairseq(tensors, variant.get("pre", False), activation, scale)
    folder = imported(tmp_path, {"args": argparse.Namespace(**{**ARGS, **settings}), "model": tensors})
    model, tokenizer = load_model(folder, torch.device("cpu"))
    assert model.config.max_positions == POSITIONS and len(tokenizer.vocabulary) == OWN_ROWS
    source = torch.zeros(2, max(map(len, SOURCES)), dtype=torch.long)  # the shorter one is padded
    for row, ids in zip(source, SOURCES, strict=True):
        row[: len(ids)] = torch.tensor([OURS[i] for i in ids])
    with torch.no_grad():
        states = model(source, torch.tensor([[OURS[i] for i in ids] for ids in TARGETS]))
        logits = model.logits(states)
    for row, (ids, target) in enumerate(zip(SOURCES, TARGETS, strict=True)):
        wanted = expected.stack("decoder", target, expected.stack("encoder", ids))
        assert torch.allclose(states[row], wanted, atol=1e-4)
        wanted = wanted @ tensors["decoder.output_projection.weight"].T
        assert torch.allclose(logits[row][:, list(OURS.values())], wanted[:, list(OURS)], atol=1e-4)


def test_names_and_shapes_of_released_size_are_those_of_our_model():
    rows, positions = 64871, 300
    tensors = {
        name: torch.empty(shape, device="meta", dtype=torch.float16)
        for name, shape in shapes(rows, 1024, 4096, 6, positions).items()
        if not name.endswith("version")
    }
    for name in ("decoder.embed_tokens.weight", "decoder.output_projection.weight"):
        tensors[name] = tensors["encoder.embed_tokens.weight"]
    checkpoint = Checkpoint(Path("x.pt"), tensors, {})
    config = sizes(checkpoint, 16, "gelu")
    assert config == ModelConfig(max_positions=positions)
    found = weights(checkpoint, config, rows - 3, seed=1)  # filled up to a multiple of 8
    with torch.device("meta"):
        expected = Transformer(config, rows - 3 + len(SPECIALS) - 4).state_dict()
    assert {n: (w.shape, w.dtype) for n, w in found.items()} == {n: (w.shape, w.dtype) for n, w in expected.items()}


def test_the_folder_has_the_rows_of_the_released_vocabulary_and_says_where_it_is_from(tmp_path):
    folder = imported(tmp_path, {"args": None, "cfg": {"model": ARGS}, "model": random_tensors()})
    vocabulary = Vocabulary.read(folder / "vocabulary.tsv")
    assert vocabulary.pieces == [*SPECIALS, *("the", "a@@", "b", "<lang:en>", "<lang:zh_Hans>", "c", "madeupword0000")]
    assert (folder / "codes").read_text() == CODES
    assert json.loads((folder / "config.json").read_text())["about"]["imported"] == "checkpoint.pt"
    _, tokenizer = load_model(folder, torch.device("cpu"))
    assert tokenizer.encode("the b x", "en") == [5, 7, 2]


def test_it_can_be_trained_further_on_new_languages_and_pieces(tmp_path):
    folder = imported(tmp_path, {"args": argparse.Namespace(**ARGS), "model": random_tensors()})
    longer = Vocabulary.read(folder / "vocabulary.tsv").extended({"d": 1}, ["gl"], 1)
    task = Task(objective="translation", shards=["x"])
    run = RunConfig(
        run="x", seed=1, init=str(folder), subwords=str(folder), vocabulary="", tasks=[task], dev=["x"],
        model=ModelConfig(), training=TrainingConfig(),
    )  # fmt: skip
    model, config = build_model(run, longer)
    assert config == read_config(folder) and len(model.embedding.tokens.weight) == OWN_ROWS + 2
    states = model(torch.tensor([[5, 6, 1]]), torch.tensor([[1, 12, 13]]))
    model.logits(states).sum().backward()
    assert model.embedding.tokens.weight.grad.abs().sum() > 0
    wider = run.model_copy(update={"model": ModelConfig(max_positions=3000)})
    assert build_model(wider, longer)[1].max_positions == 3000
    fixed = imported(tmp_path / "fixed", {"args": argparse.Namespace(**ARGS), "model": random_tensors(learned=False)})
    with pytest.raises(UserError, match="runs.x: model.max_positions is 3000, but .* a fixed table of 1024"):
        build_model(wider.model_copy(update={"init": str(fixed), "subwords": str(fixed)}), longer)


class Harmful:
    """What a pickle may call when it is read."""

    def __reduce__(self):
        return (os.mkdir, ("harm",))


def without(name):
    return {n: t for n, t in random_tensors().items() if n != name}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"args": None, "model": random_tensors(), "extra": Harmful()}, "it holds posix.mkdir, .*run code"),
        ({"model": [1]}, "has no tensors under 'model'"),
        ([1], "has no tensors under 'model'"),
        ({"model": random_tensors()}, "does not say its heads; add --heads"),
        ({"args": {**ARGS, "activation_fn": "tanh"}, "model": random_tensors()}, "activation.*cannot be imported"),
        ({"args": {**ARGS, "decoder_attention_heads": 2}, "model": random_tensors()}, "other heads in the decoder"),
        ({"args": {**ARGS, "encoder_attention_heads": 3, "decoder_attention_heads": 3}, "model": random_tensors()},
         "heads: 3 does not divide width 16; set heads to 2, or width to 18"),
        ({"args": {**ARGS, "cross_self_attention": True}, "model": random_tensors()}, "with cross_self_attention"),
        ({"args": {**ARGS, "encoder_normalize_before": True}, "model": random_tensors()}, "encoder_normalize_before"),
        ({"args": ARGS, "model": without("decoder.layers.1.fc2.bias")}, "has no tensor decoder.layers.1.fc2.bias"),
        ({"args": ARGS, "model": {**random_tensors(), "encoder.layernorm_embedding.weight": torch.ones(16)}},
         "has no tensor encoder.layernorm_embedding.bias"),
        ({"args": ARGS, "model": {**random_tensors(), "encoder.layers.0.adapter.weight": torch.ones(16)}},
         "encoder.layers.0.adapter.weight has no place"),
        ({"args": ARGS, "model": {**random_tensors(), "decoder.embed_tokens.weight": torch.ones(ROWS, WIDTH)}},
         "models here share one"),
        ({"args": ARGS, "model": {**random_tensors(), "decoder.layers.0.fc1.weight": torch.ones(32, WIDTH)}},
         r"decoder.0.feedforward.0.weight has the shape \(32, 16\), expected \(24, 16\)"),
        ({"args": ARGS, "model": {}}, "holds no Transformer"),
    ],
)  # fmt: skip
def test_what_cannot_be_imported_is_refused_in_one_line(tmp_path, monkeypatch, content, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=message) as refused:
        imported(tmp_path, content)
    assert str(refused.value).startswith(f"{tmp_path}/checkpoint.pt: ") and "\n" not in str(refused.value)
    assert not (tmp_path / "harm").exists() and not (tmp_path / "model").exists()


@pytest.mark.parametrize("data", [b"", b"text", b"PK\x03\x04 cut off"])
def test_a_file_that_is_no_checkpoint_is_refused(tmp_path, data):
    imported(tmp_path, {"args": ARGS, "model": random_tensors()}).rename(tmp_path / "other")
    (tmp_path / "checkpoint.pt").write_bytes(data)
    with pytest.raises(UserError, match="no checkpoint of torch"):
        convert(tmp_path / "checkpoint.pt", tmp_path / "dict.txt", tmp_path / "codes", tmp_path / "model")


def test_a_dictionary_of_another_model_is_refused(tmp_path):
    content = {"args": ARGS, "model": random_tensors()}
    with pytest.raises(UserError, match="has 11 rows, the dictionary 8 with its four own"):
        imported(tmp_path, content, dictionary="a 1\nb 1\nc 1\nd 1\n")
    with pytest.raises(UserError, match="has 11 rows, the dictionary 12"):
        imported(tmp_path, content, dictionary=DICTIONARY + "more 1\n")


def test_a_folder_that_is_there_stays_as_it_is(tmp_path):
    (tmp_path / "model").mkdir()
    with pytest.raises(UserError, match="exists already"):
        imported(tmp_path, {"args": ARGS, "model": random_tensors()})
