import csv
import sys

import numpy as np
import pytest
import torch

from model.analysis.embeddings import main, mean_cosines, principal_components, token_matrix, word_vectors
from model.command import UserError
from model.config.model import ModelConfig
from model.network.folder import save_model
from model.text.tokenizer import Tokenizer
from model.text.vocabulary import Vocabulary

VECTORS = {"a": (1.0, 0.0, 0.0), "b": (0.0, 2.0, 0.0), "c": (0.0, 0.0, 3.0), "a@@": (1.0, 0.0, 1.0), "d@@": (0, 1, 1)}
VOCABULARY = Vocabulary.build(dict.fromkeys(VECTORS, 1), ["en", "gl"], 1, 100)
SIZES = ModelConfig(width=3, feedforward=4, heads=1, encoder_layers=1, decoder_layers=1)


def save(path, vectors=VECTORS):
    """A model folder whose words are spelled letter by letter; of its weights, only the embeddings are there."""
    subwords = path / "subwords"
    subwords.mkdir(parents=True)
    (subwords / "codes").write_text("#version: 0.2\n")
    (subwords / "tokenizer.json").write_text('{"segmenters": {"default": "spaces"}}')
    matrix = torch.full((len(VOCABULARY), 3), 7.0)
    for piece, vector in vectors.items():
        matrix[VOCABULARY.ids([piece])[0]] = torch.tensor(vector)
    save_model(path / "model", {"embedding.tokens.weight": matrix}, SIZES, subwords, VOCABULARY, {})
    return path / "model"


@pytest.fixture
def folder(tmp_path):
    return save(tmp_path)


@pytest.fixture
def call(monkeypatch, tmp_path, folder):
    """The command, run here: the rows of its table."""

    def run(analysis, *dictionaries, models=None, options=()):
        models = models or {"mrasp": folder}
        named = [f"{name}={path}" for name, path in models.items()]
        words = [analysis, tmp_path / "out.tsv", "--dictionaries", *dictionaries, "--models", *named, *options]
        monkeypatch.setattr(sys, "argv", ["embeddings", *map(str, words)])
        main()
        with open(tmp_path / "out.tsv", newline="") as file:
            return list(csv.DictReader(file, delimiter="\t"))

    return run


def dictionary(path, *rows, name="en-gl.tsv"):
    (path / name).write_text("".join(f"{word}\t{translation}\t{n}\n" for n, (word, translation) in enumerate(rows, 1)))
    return path / name


def test_a_word_is_the_sum_of_its_subwords_and_one_that_the_vocabulary_lacks_is_not_known(folder):
    words = ["ab", "a c", "b", "x", "ax", ""]
    vectors, known = word_vectors(words, "en", Tokenizer(folder), token_matrix(folder))
    assert vectors[:3].tolist() == [[1, 2, 1], [1, 0, 3], [0, 2, 0]] and vectors.dtype == np.float64
    assert known.tolist() == [True, True, True, False, False, False]


def test_cosines_of_pairs_and_of_words_that_are_no_pair():
    # Of (1, 0) with (1, 1) and (0, 1): .707107 and 0; of (3, 4) with them: .989949 and .8.
    of_pairs, of_others = mean_cosines(np.array([[1.0, 0], [3, 4]]), np.array([[1.0, 1], [0, 1]]))
    assert of_pairs == pytest.approx((0.707107 + 0.8) / 2, abs=1e-6)
    assert of_others == pytest.approx((0 + 0.989949) / 2, abs=1e-6)


def test_words_that_are_no_pair_are_all_the_others():
    source, target = np.random.default_rng(0).normal(size=(2, 9, 4))
    source[3] = 0
    lengths = np.linalg.norm(source, axis=1)[:, None] * np.linalg.norm(target, axis=1)
    cosines = np.divide(source @ target.T, lengths, where=lengths > 0, out=np.zeros((9, 9)))
    expected = np.diag(cosines).mean(), cosines[~np.eye(9, dtype=bool)].mean()
    assert mean_cosines(source, target) == pytest.approx(expected)


def test_copies_of_vectors_have_the_cosine_1_and_shuffled_ones_do_not():
    vectors = np.random.default_rng(0).normal(size=(50, 20))
    assert mean_cosines(vectors, vectors)[0] == pytest.approx(1)
    assert abs(mean_cosines(vectors, vectors)[1]) < 0.1
    assert abs(mean_cosines(vectors, np.random.default_rng(1).permutation(vectors))[0]) < 0.2


def test_components_are_the_eigenvectors_of_the_covariance():
    vectors = np.random.default_rng(0).normal(size=(30, 5)) * [5, 1, 3, 1, 1] + 10
    points = principal_components(vectors)
    values, axes = np.linalg.eigh(np.cov(vectors.T))
    expected = (vectors - vectors.mean(0)) @ axes[:, [-1, -2]]
    assert np.abs(points) == pytest.approx(np.abs(expected))
    assert points.var(0, ddof=1) == pytest.approx(values[[-1, -2]])


def test_a_projection_by_hand_and_its_sign():
    # Points of a plane in three dimensions: 4 and -2, -2 along (0, .6, .8), 1 and -1 across.
    along, across = np.array([0, 0.6, 0.8]), np.array([1.0, 0, 0])
    vectors = np.stack([4 * along, -2 * along + across, -2 * along - across]) + 5
    for sign in (1, -1):  # turned round, they have the same picture
        assert principal_components(sign * vectors)[:, 0] == pytest.approx([4, -2, -2])
        assert np.abs(principal_components(sign * vectors)[:, 1]) == pytest.approx([0, 1, 1])


def test_similarity_counts_pairs_and_what_is_left_out(call, tmp_path):
    path = dictionary(tmp_path, ("a", "b"), ("x", "a"), ("ab", "a c"), ("b", "x"), ("c", "c"), ("b", "b"))
    (row,) = call("similarity", path, options=["--entries", 5])
    assert (row["model"], row["source"], row["target"]) == ("mrasp", "en", "gl")
    assert (row["pairs"], row["unknown"], row["identical"]) == ("3", "2", "1")
    # (1 2 1) and (1 0 3): 4 / √60; the others: a with "a c" and c, ab with b and c, c with b and "a c".
    assert float(row["cosine"]) == pytest.approx((0 + 4 / 60**0.5 + 1) / 3, abs=1e-6)
    others = 1 / 10**0.5 + 0 + 2 / 6**0.5 + 1 / 6**0.5 + 0 + 3 / 10**0.5
    assert float(row["random_cosine"]) == pytest.approx(others / 6, abs=1e-6)


def test_a_row_a_model_and_dictionary(call, folder, tmp_path):
    alike = save(tmp_path / "other", {**VECTORS, "b": (2.0, 0.0, 0.0)})
    rows = [("a", "b"), ("c", "c")]
    paths = [dictionary(tmp_path, *rows), dictionary(tmp_path, *rows, name="en-pt_BR.tsv")]
    found = call("similarity", *paths, models={"na": folder, "ft/en-gl": alike})
    assert [(row["model"], row["target"], row["cosine"]) for row in found] == [
        ("na", "gl", "0.500000"), ("na", "pt_BR", "0.500000"),
        ("ft/en-gl", "gl", "1.000000"), ("ft/en-gl", "pt_BR", "1.000000"),
    ]  # fmt: skip


def test_a_projection_has_each_word_of_both_languages_once(call, tmp_path):
    path = dictionary(tmp_path, ("a", "b"), ("a", "ab"), ("ab", "a"), ("c", "b"))
    rows = call("projection", path)
    named = [("en", "a"), ("en", "ab"), ("en", "c"), ("gl", "b"), ("gl", "ab"), ("gl", "a")]
    assert [(row["language"], row["word"]) for row in rows] == named
    vectors = np.array([[1, 0, 0], [1, 2, 1], [0, 0, 3], [0, 2, 0], [1, 2, 1], [1, 0, 0]], float)
    points = np.array([[row["x"], row["y"]] for row in rows], float)
    assert points == pytest.approx(principal_components(vectors), abs=1e-6)
    assert points[1] == pytest.approx(points[4]) and points[0] == pytest.approx(points[5])


@pytest.mark.parametrize("analysis", ["similarity", "projection"])
def test_the_same_input_gives_the_same_bytes(call, tmp_path, analysis):
    path, found = dictionary(tmp_path, ("a", "b"), ('"', "a"), ("c", "ab")), set()
    for _ in range(2):
        call(analysis, path)
        found.add((tmp_path / "out.tsv").read_bytes())
    assert len(found) == 1 and not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("words.tsv", "a\tb\n", "its name does not say its languages; name it for instance en-gl.tsv"),
        ("en-gl.tsv", "a\tb\nword\n", "line 2: expected word TAB translation, found 'word'"),
        ("en-gl.tsv", "a\tb\nx\ty\n", "can spell 1 of its pairs; give another dictionary"),
        ("en-gl.tsv", "", "can spell 0 of its pairs; give another dictionary"),
    ],
)
def test_mistakes_are_one_line(call, tmp_path, name, text, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(UserError) as error:
        call("similarity", tmp_path / name)
    assert str(error.value).startswith(f"{tmp_path / name}: ") and str(error.value).endswith(message)
    assert not (tmp_path / "out.tsv").exists()


def test_a_model_without_a_name_is_refused(call, tmp_path, folder):
    with pytest.raises(UserError, match="^nameless: expected NAME=DIR"):
        call("similarity", dictionary(tmp_path, ("a", "b")), options=["--models", "nameless"])


def test_a_vocabulary_of_another_model_is_refused(call, tmp_path, folder):
    VOCABULARY.extended({"e": 1}, [], 1).write(folder / "vocabulary.tsv")
    with pytest.raises(UserError, match=f"^{folder}: its files do not belong together"):
        call("similarity", dictionary(tmp_path, ("a", "b")))


def test_damaged_weights_are_one_line(call, tmp_path, folder):
    (folder / "model.safetensors").write_bytes(b"damaged")
    with pytest.raises(UserError, match=f"^{folder}/model.safetensors: damaged"):
        call("similarity", dictionary(tmp_path, ("a", "b")))
