import json

import numpy as np
import pytest
import sentencepiece

from model.text.ragged import Ragged
from model.text.tokenizer import Tokenizer
from model.text.vocabulary import UNKNOWN_ID, Vocabulary
from model.text.words import Words


def folder(tmp_path, pieces, **settings):
    (tmp_path / "tokenizer.json").write_text(json.dumps({"segmenters": {"default": "spaces"}, **settings}))
    Vocabulary.build({p: 100 - n for n, p in enumerate(pieces)}, ["en", "zh", "zh_Latn"], 1, 1000).write(
        tmp_path / "vocabulary.tsv"
    )
    return Tokenizer(tmp_path)


def begins(tokenizer, language, *segments):
    vocabulary = tokenizer.vocabulary
    ids = Ragged.from_lists([[i for piece in s for i in vocabulary.ids([piece])] for s in segments])
    found = Words(tokenizer).begins(ids, np.full(len(segments), vocabulary.language_id(language)))
    return [found[ids.starts[n] : ids.starts[n + 1]].astype(int).tolist() for n in range(len(segments))]


def test_pieces_of_bpe_say_that_the_word_goes_on(tmp_path):
    made = folder(tmp_path, ["low@@", "er", "new@@", "est", "."])
    assert begins(made, "en", ["low@@", "er", "new@@", "est", "."], ["est"]) == [[1, 0, 1, 0, 1], [1]]


def test_pieces_of_bpe_whose_words_were_told_apart_are_not_cut_again(tmp_path):
    made = folder(tmp_path, ["北@@", "京", "的", "学@@", "生"])
    assert begins(made, "zh", ["北@@", "京", "的", "学@@", "生"]) == [[1, 0, 1, 1, 0]]


def test_what_the_vocabulary_lacks_is_a_word_of_its_own(tmp_path):
    made = folder(tmp_path, ["low@@", "er"])
    assert begins(made, "en", ["low@@", "zzz", "er", "er"]) == [[1, 1, 1, 1]]
    assert Words(made).control[UNKNOWN_ID]


def test_pieces_of_sentencepiece_say_that_a_word_begins(tmp_path):
    made = folder(tmp_path, ["▁low", "er", "▁new", "est"], kind="sentencepiece")
    assert begins(made, "en", ["▁low", "er", "▁new", "est"], ["est", "er"]) == [[1, 0, 1, 0], [1, 0]]
    assert begins(made, "en", ["▁low", "zzz", "er"]) == [[1, 1, 1]]


def test_a_language_without_spaces_has_the_words_of_its_segmenter(tmp_path):
    pytest.importorskip("rjieba")
    made = folder(tmp_path, ["▁", "▁我", "来到", "来", "到", "北京", "清华", "大学", "学"], kind="sentencepiece")
    # jieba: 我 / 来到 / 北京 / 清华大学
    assert begins(made, "zh", ["▁我", "来到", "北京", "清华", "大学"]) == [[1, 1, 1, 1, 0]]
    # In English the same pieces are one word.
    assert begins(made, "en", ["▁我", "来到", "北京", "清华", "大学"]) == [[1, 0, 0, 0, 0]]


def test_a_piece_that_reaches_into_the_next_word_makes_the_two_one(tmp_path):
    pytest.importorskip("rjieba")
    made = folder(tmp_path, ["▁我来", "到", "北京"], kind="sentencepiece")
    assert begins(made, "zh", ["▁我来", "到", "北京"]) == [[1, 0, 1]]


@pytest.mark.parametrize(("pieces", "expected"), [("▁|我|来到", [1, 0, 1]), ("▁我|\0|来到", [1, 1, 1])])
def test_a_word_start_alone_is_no_word_and_what_is_unreadable_is_one(tmp_path, pieces, expected):
    pytest.importorskip("rjieba")
    made = folder(tmp_path, ["▁", "▁我", "我", "来到", "\0"], kind="sentencepiece")
    assert begins(made, "zh", pieces.split("|")) == [expected]


def test_words_that_another_segmenter_has_told_apart_stay(tmp_path):
    made = folder(tmp_path, ["▁我", "来到"], kind="sentencepiece", segmenters={"zh": "characters"})
    assert begins(made, "zh", ["▁我", "来到"]) == [[1, 0]]


def test_a_language_in_latin_script_has_spaces(tmp_path):
    made = folder(tmp_path, ["▁wo", "-", "men"], kind="sentencepiece")
    assert begins(made, "zh_Latn", ["▁wo", "-", "men"]) == [[1, 0, 0]]


def test_words_are_those_that_sentencepiece_was_given(tmp_path):
    """By an independent program: words of text that sentencepiece itself has cut."""
    lines = [f"the {a} {b} runs" for a in ("small", "greater", "old") for b in ("river", "mountains", "cat")] * 20
    (tmp_path / "text").write_text("\n".join(lines))
    sentencepiece.SentencePieceTrainer.train(
        input=str(tmp_path / "text"), model_prefix=str(tmp_path / "sentencepiece"), vocab_size=25, minloglevel=2
    )
    (tmp_path / "tokenizer.json").write_text('{"kind": "sentencepiece", "segmenters": {"default": "spaces"}}')
    processor = sentencepiece.SentencePieceProcessor(model_file=str(tmp_path / "sentencepiece.model"))
    pieces = {processor.id_to_piece(i): 1 for i in range(3, len(processor))}
    Vocabulary.build(pieces, ["en"], 1, 1000).write(tmp_path / "vocabulary.tsv")
    made = Tokenizer(tmp_path)
    ids = made.encode_lines(lines[:5], "en")
    found = Words(made).begins(ids, np.full(5, made.vocabulary.language_id("en")))
    assert np.add.reduceat(found.astype(int), ids.starts[:-1]).tolist() == [4] * 5
