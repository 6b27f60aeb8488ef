"""Models of OPUS-MT: their languages, their two SentencePiece models, and their positions."""

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file

from model.command import UserError
from model.config.model import read_config
from model.interop.huggingface_classes import marian_sinusoids
from model.interop.import_huggingface import convert
from model.interop.published import READS
from model.network.folder import load_model
from model.text.tokenizer import MODEL
from model.text.vocabulary import END_ID, PAD_ID
from tests.model.interop.test_import_huggingface import MODELS, begin, broken, copied, rows_of, settings, source_of


def of_several_targets(tmp_path, target="glg", source="en"):
    """The model of OPUS-MT as one with tokens of targets, in the place of two pieces."""
    folder = copied(tmp_path, "marian")
    pieces = json.loads((folder / "vocab.json").read_text())
    first, second, third = (next(p for p, row in pieces.items() if row == n) for n in (5, 6, 7))
    pieces[f">>{target}<<"], pieces[">>por<<"], pieces[">>roa<<"] = (pieces.pop(p) for p in (first, second, third))
    (folder / "vocab.json").write_text(json.dumps(pieces))
    settings(folder, "tokenizer_config.json", source_lang=source, target_lang="ROMANCE")
    return folder


def test_a_model_of_several_targets_names_the_target_first(tmp_path):
    convert(of_several_targets(tmp_path), tmp_path / "model")
    model, tokenizer = load_model(tmp_path / "model", torch.device("cpu"))
    vocabulary = tokenizer.vocabulary
    assert vocabulary.languages() == ["gl", "pt", "en"]  # and none of the group `roa`
    ids = tokenizer.encode("kalo", "en")
    source = source_of(model, tokenizer, ids)[0].tolist()
    assert source == [vocabulary.language_id("gl"), *ids, END_ID] and begin(model, tokenizer) == [PAD_ID]
    there = load_file(MODELS / "marian" / "model.safetensors")
    assert torch.equal(model.embedding.tokens.weight[source[0]], there["model.shared.weight"][5])
    assert model.embedding.tokens.weight[PAD_ID].tolist() == there["model.shared.weight"][119].tolist()


def test_a_new_row_of_a_model_of_opus_mt_is_never_written(tmp_path):
    convert(MODELS / "marian", tmp_path / "model")
    model, tokenizer = load_model(tmp_path / "model", torch.device("cpu"))
    new = [row for row, there in enumerate(rows_of("marian")) if there < 0]
    assert [tokenizer.vocabulary.pieces[row] for row in new] == ["<mask>", "<bt>", "<lang:gl>", "<lang:en>"]
    with torch.no_grad():
        logits = model.logits(model(torch.tensor([[9, 8, END_ID]]), torch.tensor([[PAD_ID, 8]])))
    assert (logits.softmax(-1)[..., new] < 1e-9).all()


def test_languages_that_the_folder_does_not_say_are_asked_for(tmp_path):
    folder = of_several_targets(tmp_path, source="ROMANCE")
    shutil.copy(MODELS / "nllb" / "sentencepiece.bpe.model", folder / "source.spm")
    with pytest.raises(UserError, match="tokenizer_config.json: source_lang: ROMANCE is no language; name .* --source"):
        convert(folder, tmp_path / "model")
    convert(folder, tmp_path / "model", ["spa", "ita"], ["gl"])
    tokenizer = load_model(tmp_path / "model", torch.device("cpu"))[1]
    assert tokenizer.vocabulary.languages() == ["gl", "es", "it"]
    assert tokenizer.settings["files"] == {"gl": MODEL, "es": "source.model", "it": "source.model"}
    with pytest.raises(UserError, match="pt is on both sides, which split it in two ways"):
        convert(folder, tmp_path / "other", ["es", "pt"])
    with pytest.raises(UserError, match="vocab.json: has no token of fr, but of gl, pt"):
        convert(folder, tmp_path / "other", ["en"], ["fr"])
    only_groups = of_several_targets(tmp_path / "groups", target="mul")
    settings(only_groups, "vocab.json", **{">>por<<": None, "more": 6})
    with pytest.raises(UserError, match="vocab.json: its tokens of targets are no languages"):
        convert(only_groups, tmp_path / "other")
    with pytest.raises(UserError, match="--source, --target: the folder says its languages itself"):
        convert(MODELS / "nllb", tmp_path / "other", ["en"])


def test_of_two_tokens_of_a_language_the_one_counts_that_says_its_script(tmp_path, capsys):
    folder = copied(tmp_path, "marian")
    pieces = {
        piece: row for piece, row in json.loads((folder / "vocab.json").read_text()).items() if row not in range(5, 11)
    }
    for row, code in enumerate(("cmn_Hans", "cmn", "aze_Cyrl", "aze_Latn", "mwl", "roa"), start=5):
        pieces[f">>{code}<<"] = row
    (folder / "vocab.json").write_text(json.dumps(pieces))
    convert(folder, tmp_path / "all")
    assert "of unknown script: mwl, roa" in capsys.readouterr().out
    vocabulary = load_model(tmp_path / "all", torch.device("cpu"))[1].vocabulary
    assert {"zh_Hans", "azj_Cyrl", "azj"} < {*vocabulary.languages()}
    convert(folder, tmp_path / "named", target=["zh_Hans", "azj", "mwl_Latn"])
    there = load_file(folder / "model.safetensors")["model.shared.weight"]
    model, tokenizer = load_model(tmp_path / "named", torch.device("cpu"))
    for code, row in (("zh_Hans", 5), ("azj", 8), ("mwl_Latn", 9)):
        assert torch.equal(model.embedding.tokens.weight[tokenizer.vocabulary.language_id(code)], there[row])


def test_the_last_row_may_be_of_a_token_that_is_left_out(tmp_path):
    folder = of_several_targets(tmp_path)
    pieces = json.loads((folder / "vocab.json").read_text())
    pieces["<pad>"], pieces[">>roa<<"] = pieces[">>roa<<"], pieces["<pad>"]
    (folder / "vocab.json").write_text(json.dumps(pieces))
    convert(folder, tmp_path / "model")


def halve(folder):
    pieces = json.loads((folder / "vocab.json").read_text())
    (folder / "vocab.json").write_text(json.dumps({piece: row for piece, row in pieces.items() if row < 60}))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: settings(f, share_encoder_decoder_embeddings=False), "share_encoder_decoder_embeddings: models"),
        (lambda f: settings(f, decoder_start_token_id=0), "decoder_start_token_id is not pad_token_id"),
        (lambda f: (f / "source.spm").unlink(), "source.spm: not found"),
        (lambda f: (f / "target.spm").write_text("no"), "target.spm: not a SentencePiece"),
        (lambda f: (f / "vocab.json").write_text("[]"), "vocab.json: no JSON object"),
        (lambda f: (f / "vocab.json").unlink(), "vocab.json: not found"),
        (lambda f: (f / "tokenizer_config.json").unlink(), "source_lang: None is no language; name"),
        (lambda f: settings(f, "vocab.json", more=500), "vocab.json: its last row is 500, and not vocab_size - 1"),
        (lambda f: halve(f), "vocab.json: its last row is 59, and not vocab_size - 1"),
        (lambda f: settings(f, "vocab.json", more="5"), "vocab.json: 'more': '5' is no row"),
        (lambda f: settings(f, "vocab.json", more=True), "vocab.json: 'more': True is no row"),
        (lambda f: settings(f, "vocab.json", **{"a\tb": 5}), "cannot stand in a vocabulary"),
        (lambda f: settings(f, d_model="wide"), "config.json: width: 'wide' is no whole number"),
        (lambda f: settings(f, d_model=-2), "config.json: width: "),
        (lambda f: settings(f, d_model=48), "expected"),
        (lambda f: settings(f, activation_function=["swish"]), "config.json: activation_function: unknown"),
        (lambda f: settings(f, architectures=[["x"]]), "config.json: architectures: unknown"),
        (lambda f: settings(f, language_tokens="none"), "subwords: not found; copy it from the export"),
    ],
)  # fmt: skip
def test_a_model_of_opus_mt_that_cannot_be_imported_is_refused_in_one_line(tmp_path, change, message):
    folder = copied(tmp_path, "marian")
    change(folder)
    with pytest.raises(UserError, match=message) as refused:
        convert(folder, tmp_path / "model")
    assert str(refused.value).startswith(str(folder)) and "\n" not in str(refused.value)
    assert not (tmp_path / "model").exists()


def test_sinusoids_of_opus_mt_are_of_another_formula():
    expected = [0.841471, 0.099833, 0.01, 0.001, 0.540302, 0.995004, 0.99995, 1.0]
    assert marian_sinusoids(2, 8)[1].tolist() == pytest.approx(expected, abs=1e-6)


def test_tables_of_positions_in_a_file_are_read(tmp_path):
    """Older files have them: those of the class stay fixed, others were trained."""
    folder = copied(tmp_path, "marian")
    broken(folder, lambda t: t.update({f"model.{s}.embed_positions.weight": marian_sinusoids(40, 24) for s in READS}))
    convert(folder, tmp_path / "same")
    assert read_config(tmp_path / "same").positions == "fixed"
    broken(folder, lambda t: t.update({f"model.{s}.embed_positions.weight": torch.ones(40, 24) for s in READS}))
    convert(folder, tmp_path / "other")
    assert read_config(tmp_path / "other").positions == "learned"
