"""Exports that cannot be made end with one line and leave nothing."""

import sys

import pytest

from model.command import UserError
from model.config.model import ModelConfig
from model.interop.export import export
from model.network.folder import save_model
from model.network.transformer import Transformer
from model.text.vocabulary import Vocabulary


@pytest.fixture
def folder(tmp_path):
    """A model folder with a model that has learned nothing."""
    (tmp_path / "subwords").mkdir()
    (tmp_path / "subwords" / "codes").write_text("#version: 0.2\n")
    (tmp_path / "subwords" / "tokenizer.json").write_text('{"segmenters": {}}')
    vocabulary = Vocabulary.build({"a": 1}, ["en"], 1, 10)
    config = ModelConfig(width=8, feedforward=8, heads=2, encoder_layers=1, decoder_layers=1, max_positions=9)
    weights = Transformer(config, len(vocabulary)).state_dict()
    save_model(tmp_path / "model", weights, config, tmp_path / "subwords", vocabulary, {})
    return tmp_path / "model"


@pytest.mark.parametrize(
    ("format", "quantization", "message"),
    [
        ("ctranslate", None, "--format: unknown 'ctranslate'; did you mean 'ctranslate2'"),
        ("onnx", None, "--format: unknown 'onnx'; known are ctranslate2"),
        ("ctranslate2", "int4", "--quantization: unknown 'int4'; did you mean 'int8'"),
    ],
)
def test_unknown_names_are_refused(folder, tmp_path, format, quantization, message):
    with pytest.raises(UserError, match=message):
        export(folder, tmp_path / "exported", format, quantization)


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "vocabulary.tsv", "codes", "tokenizer.json"])
def test_a_missing_file_is_named(folder, tmp_path, name):
    (folder / name).unlink()
    with pytest.raises(UserError, match=f"{folder / name}"):
        export(folder, tmp_path / "exported", "ctranslate2")
    assert not (tmp_path / "exported").exists()


def test_a_folder_that_is_there_stays_as_it_is(folder, tmp_path):
    with pytest.raises(UserError, match="exists already"):
        export(folder, folder, "ctranslate2")
    assert (folder / "model.safetensors").exists()


def test_without_the_package_one_line_says_how_to_get_it(folder, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ctranslate2", None)
    with pytest.raises(UserError, match="pip install ctranslate2"):
        export(folder, tmp_path / "exported", "ctranslate2")
    assert not (tmp_path / "exported").exists()


def test_what_fails_on_the_way_leaves_nothing_under_the_final_name(folder, tmp_path, monkeypatch):
    specs = pytest.importorskip("ctranslate2.specs")
    monkeypatch.setattr(specs.TransformerSpec, "save", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        export(folder, tmp_path / "exported", "ctranslate2")
    monkeypatch.undo()
    assert not (tmp_path / "exported").exists()
    export(folder, tmp_path / "exported", "ctranslate2")  # what was left under another name is no hindrance
    assert (tmp_path / "exported" / "model.bin").exists()
