import copy
import csv
import string
import sys

import numpy as np
import pytest
import torch

from model.analysis.retrieval import accuracy, line_vectors, main, nearest, subwords
from model.command import UserError
from model.config.model import ModelConfig
from model.network.folder import load_model, save_model
from model.network.transformer import Transformer
from model.text.ragged import Ragged
from model.text.vocabulary import Vocabulary

LETTERS = string.ascii_letters
VOCABULARY = Vocabulary.build(dict.fromkeys(LETTERS, 1), ["en", "gl", "es"], 1, 100)
SIZES = ModelConfig(width=16, feedforward=32, heads=2, encoder_layers=2, decoder_layers=1, max_positions=12)
ENGLISH = ["a b c", "z", "", "q r s t u v w", "m n", "b a", "e e e e", "k l m"]
GALICIAN = [line.upper() for line in ENGLISH]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A model that has never learned, whose Galician is English in capitals: all its embeddings are the same."""
    path = tmp_path_factory.mktemp("model")
    (path / "codes").write_text("#version: 0.2\n")
    (path / "tokenizer.json").write_text('{"segmenters": {"default": "spaces"}}')
    torch.manual_seed(0)
    weights = Transformer(SIZES, len(VOCABULARY)).state_dict()
    matrix = weights["embedding.tokens.weight"]
    matrix[VOCABULARY.ids(string.ascii_uppercase)] = matrix[VOCABULARY.ids(string.ascii_lowercase)]
    matrix[VOCABULARY.language_id("gl")] = matrix[VOCABULARY.language_id("en")]
    save_model(path / "model", weights, SIZES, path, VOCABULARY, {})
    return path / "model"


@pytest.fixture(scope="module")
def loaded(folder):
    return load_model(folder, torch.device("cpu"))


@pytest.fixture
def call(monkeypatch, tmp_path, folder):
    """The command, run here on files of lines: (segments, accuracy) of each direction."""

    def run(lines, directions, models=None):
        for code, of_language in lines.items():
            (tmp_path / f"{code}.txt").write_text("".join(f"{line}\n" for line in of_language))
        models = models or [f"mrasp={folder}"]
        words = [tmp_path / "out.tsv", "--testset", tmp_path, "--directions", *directions, "--models", *models]
        monkeypatch.setattr(sys, "argv", ["retrieval", *map(str, words)])
        main()
        with open(tmp_path / "out.tsv", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
        return {
            (row["model"], f"{row['source']}-{row['target']}"): (int(row["segments"]), row["accuracy"]) for row in rows
        }

    return run


@pytest.mark.parametrize(("tokens", "around"), [("sides", (["<lang:en>"], ["</s>"])), ("target", ([], ["<lang:en>"]))])
def test_a_line_is_the_mean_of_all_states_its_language_token_among_them(loaded, tokens, around):
    model, tokenizer = loaded
    model = copy.copy(model)
    model.config = SIZES.model_copy(update={"language_tokens": tokens})
    lines = subwords(["a b c"], "en", tokenizer, 10)
    before, after = ([VOCABULARY.pieces.index(piece) for piece in some] for some in around)
    source = torch.tensor([[*before, *VOCABULARY.ids("abc"), *after]])
    with torch.no_grad():
        states = model.encode(source)[0][0]
    found = line_vectors(lines, VOCABULARY.language_id("en"), model)
    assert torch.allclose(found[0], states.sum(0) / source.size(1), atol=1e-6)


@pytest.fixture(scope="module")
def english(loaded):
    """The lines as ids, and the token of their language."""
    return subwords(ENGLISH, "en", loaded[1], 10), VOCABULARY.language_id("en")


@pytest.mark.parametrize("batch_tokens", [1, 20, 10_000])
def test_a_line_has_the_same_vector_alone_and_padded_among_others(loaded, english, batch_tokens):
    model, (lines, token) = loaded[0], english
    alone = torch.cat([line_vectors(Ragged.from_lists([ids]), token, model) for ids in lines])
    assert torch.allclose(line_vectors(lines, token, model, batch_tokens), alone, atol=1e-5)
    assert torch.pdist(alone).min() > 0.01, "the test wants a model that tells its lines apart"


def test_batches_are_no_larger_than_asked_for(loaded, english, monkeypatch):
    shapes, model = [], loaded[0]
    encode = model.encode
    monkeypatch.setattr(model, "encode", lambda source: shapes.append(source.shape) or encode(source))
    line_vectors(*english, model, 12)
    # Lengths 2, 3, 4, 4, 5, 5, 6 and 9.
    assert [tuple(shape) for shape in shapes] == [(3, 4), (2, 5), (2, 6), (1, 9)]


@pytest.mark.parametrize("cosines", [1, 3, 8, 100])
def test_the_nearest_is_that_of_the_largest_cosine_whatever_the_chunks(cosines):
    queries = torch.tensor([[1.0, 0.0], [0.1, 0.1], [-1.0, 5.0], [2.0, -1.0]])
    # Not the nearest by distance nor by product: (9, 9) is the longest.
    candidates = torch.tensor([[9.0, 9.0], [0.0, 0.3], [4.0, -0.1]])
    assert nearest(queries, candidates, cosines).tolist() == [2, 0, 1, 2]


def test_chunks_find_what_numpy_finds_at_once():
    queries, candidates = np.random.default_rng(0).normal(size=(2, 40, 6))
    lengths = np.linalg.norm(queries, axis=1)[:, None] * np.linalg.norm(candidates, axis=1)
    expected = (queries @ candidates.T / lengths).argmax(1)
    assert nearest(torch.tensor(queries), torch.tensor(candidates), 70).tolist() == expected.tolist()


def test_accuracy_takes_a_repeated_reference_wherever_it_is_found():
    vectors = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [1.0, 1.0]])
    assert accuracy(vectors, vectors, ["a", "b", "c", "d"]) == 0.75
    assert accuracy(vectors, vectors, ["a", "b", "b", "d"]) == 1.0
    assert accuracy(torch.ones(4, 2), torch.ones(4, 2), ["a", "b", "c", "d"]) == 0.25  # not 1: no line is told apart


def test_languages_that_are_copies_of_each_other_are_found_both_ways(call):
    found = call({"en": ENGLISH, "gl": GALICIAN}, ["en-gl", "gl-en"])
    assert found == {("mrasp", "en-gl"): (7, "1.000000"), ("mrasp", "gl-en"): (7, "1.000000")}


def test_translations_on_other_lines_are_not_found(call):
    shuffled = [GALICIAN[i] for i in (1, 0, 2, 4, 3, 6, 5, 7)]  # the last stays
    assert call({"en": ENGLISH, "gl": shuffled}, ["en-gl"]) == {("mrasp", "en-gl"): (7, f"{1 / 7:.6f}")}


def test_lines_count_that_both_languages_have(call):
    lines = {"en": ENGLISH, "gl": ["", *GALICIAN[1:]], "es": [*ENGLISH[:2], "x", *[""] * 5]}
    found = call(lines, ["en-gl", "en-es", "gl-es"])
    assert [segments for segments, _ in found.values()] == [6, 2, 1]
    assert found["mrasp", "gl-es"] == (1, "1.000000")


def test_directions_without_a_line_are_left_out_with_a_warning(call, tmp_path, capsys):
    lines = {"en": ENGLISH, "gl": GALICIAN, "es": [""] * len(ENGLISH)}
    assert list(call(lines, ["en-es", "en-gl", "gl-es"])) == [("mrasp", "en-gl")]
    assert capsys.readouterr().err == f"warning: {tmp_path} has no line in both languages of en-es, gl-es\n"


def test_a_row_a_model_and_direction(call, folder):
    found = call({"en": ENGLISH, "gl": GALICIAN}, ["en-gl", "gl-en"], [f"a={folder}", f"ft/en-gl={folder}"])
    assert list(found) == [("a", "en-gl"), ("a", "gl-en"), ("ft/en-gl", "en-gl"), ("ft/en-gl", "gl-en")]


def test_long_lines_are_cut_with_a_warning(loaded, capsys):
    long, short = subwords(["a " * 11, "a " * 10], "en", loaded[1], 10)
    assert long.tolist() == short.tolist() == VOCABULARY.ids("a" * 10)
    assert capsys.readouterr().err == "warning: en: 1 lines are longer than 10 subwords; the rest was cut\n"


def test_the_longest_line_fills_the_model(call):
    long = ["a b c d e f g h i j k l", *ENGLISH[1:]]
    assert call({"en": long, "gl": [line.upper() for line in long]}, ["en-gl"]) == {("mrasp", "en-gl"): (7, "1.000000")}


@pytest.mark.parametrize(
    ("lines", "directions", "message"),
    [
        ({"en": ["a"], "gl": ["b", "c"]}, ["en-gl"], "gl.txt: 2 lines, en.txt has 1; line n must translate it"),
        (
            {"en": ["a", ""], "gl": ["", "b"]},
            ["en-gl"],
            "no line is in both languages of any of the directions; give others",
        ),
        ({"en": ["a"]}, ["en"], "--directions: en: expected SOURCE-TARGET, for instance en-gl"),
        ({"en": ["a"], "fr": ["b"]}, ["en-fr"], "language 'fr' has no row in the vocabulary, which knows en, gl, es"),
    ],
)
def test_mistakes_are_one_line(call, tmp_path, lines, directions, message):
    with pytest.raises(UserError) as error:
        call(lines, directions)
    assert str(error.value).endswith(message)
    assert not (tmp_path / "out.tsv").exists()
