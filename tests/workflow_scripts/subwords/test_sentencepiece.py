import io
import random
import subprocess
import sys

import pytest
import sentencepiece

from model.command import UserError
from tests import ROOT
from workflow_scripts.settings.subwords import SentencePiece
from workflow_scripts.subwords.sentencepiece import learn_model, pieces_of_model, thinned

SMALL = SentencePiece(size=120, algorithm="unigram", character_coverage=0.9995, normalisation="nmt_nfkc")


def made_up(words=300, seed=1):
    chance = random.Random(seed)
    drawn = ("".join(chance.choices("etaoinshrdlu", k=chance.randint(1, 9))) for _ in range(words))
    return {word: chance.choice([1, 2, 50]) for word in drawn}


def scores(model):
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    return [(processor.id_to_piece(row), processor.get_score(row)) for row in range(len(processor))]


@pytest.mark.parametrize("algorithm", ["unigram", "bpe"])
def test_counts_are_worth_as_many_words_of_text(algorithm):
    counts, expected = made_up(), io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=(word for word, count in sorted(counts.items()) for _ in range(count)),
        model_writer=expected, model_type=algorithm, vocab_size=121, bos_id=-1, eos_id=-1, minloglevel=2,
    )  # fmt: skip
    model = learn_model(counts, SMALL.model_copy(update={"algorithm": algorithm}))
    assert scores(model) == scores(expected.getvalue())
    alike = learn_model(dict.fromkeys(counts, 1), SMALL.model_copy(update={"algorithm": algorithm}))
    assert scores(alike) != scores(model)


def test_the_model_has_as_many_pieces_as_asked_for_and_unknown_as_its_only_other_row():
    model = learn_model(made_up(), SMALL)
    assert len(set(pieces_of_model(model))) == 120 and len(scores(model)) == 121
    assert not {"<unk>", "<s>", "</s>"} & set(pieces_of_model(model))


def test_the_same_counts_give_the_same_bytes_in_another_process_on_one_core():
    model = learn_model(made_up(), SMALL)
    code = """
import os, sys
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
from tests.workflow_scripts.subwords.test_sentencepiece import SMALL, learn_model, made_up
sys.stdout.buffer.write(learn_model(dict(reversed(made_up().items())), SMALL))
"""
    root = ROOT
    assert subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, check=True).stdout == model


def test_a_very_long_word_is_learned_from():
    counts = {**made_up(), "zq" * 3000: 1000}
    model = learn_model(counts, SMALL)
    assert any("zq" in piece for piece in pieces_of_model(model))


def test_text_that_spells_special_rows_does_not_stop_the_learning():
    counts = {**made_up(), "<unk>": 400, "x</s>y": 400, "</s>": 400, "<s>": 90, "a\0b": 5, "▁": 5}
    for algorithm in ("unigram", "bpe"):
        pieces = pieces_of_model(learn_model(counts, SMALL.model_copy(update={"algorithm": algorithm})))
        assert len(pieces) == 120 and not {"<unk>", "<s>", "</s>"} & set(pieces)


def test_counts_of_too_much_text_are_brought_down_in_proportion():
    counts = {"b": 40, "aa": 100, "ab": 2, "ac": 2, "c\u00e9": 1}
    # In bytes: 100 * 6 + 2 * 6 + 2 * 6 + 40 * 5 + 1 * 7 = 831.
    assert list(thinned(counts, 831).items()) == sorted(counts.items())
    # A quarter: the running sums 100, 102, 104, 144, 145 become 25, 25, 26, 36, 36.
    assert thinned(counts, 831 / 4) == {"aa": 25, "ac": 1, "b": 10}
    many = {f"{n:06}": 1 + n % 3 for n in range(1000)}
    assert sum((len(word) + 4) * count for word, count in thinned(many, 5000).items()) <= 5000
    assert sum(thinned(many, 5000).values()) in (499, 500)


def test_characters_can_be_left_as_they_are():
    counts = {**made_up(), "ﬁ": 500, "，": 500}
    assert "，" not in "".join(pieces_of_model(learn_model(counts, SMALL)))
    as_it_is = SMALL.model_copy(update={"normalisation": "identity"})
    assert {"，", "ﬁ"} <= set("".join(pieces_of_model(learn_model(counts, as_it_is))))


def test_more_pieces_than_the_text_supports_are_refused_with_how_many_it_does():
    with pytest.raises(UserError, match=r"^subwords.size: 5000 pieces are asked for, the text supports (\d+)") as error:
        learn_model(made_up(), SMALL.model_copy(update={"size": 5000}))
    most = int(str(error.value).split("supports ")[1].split(";")[0])
    assert len(pieces_of_model(learn_model(made_up(), SMALL.model_copy(update={"size": most})))) == most


def test_fewer_pieces_than_letters_are_refused():
    with pytest.raises(UserError, match=r"^subwords.size: 5 pieces are too few, the text has 13 letters"):
        learn_model(made_up(), SMALL.model_copy(update={"size": 5}))
