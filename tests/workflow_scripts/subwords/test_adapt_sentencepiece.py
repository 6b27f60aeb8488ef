"""A SentencePiece model of Latin letters, fitted to other text."""

import io
import random

import pytest
import sentencepiece

from model.command import UserError
from model.text.tokenizer import applied
from model.text.vocabulary import SPECIALS, UNKNOWN_ID, Vocabulary
from workflow_scripts.settings.subwords import Adapted
from workflow_scripts.subwords.adapt_sentencepiece import adapt
from workflow_scripts.subwords.counts import piece_counts
from workflow_scripts.subwords.sentencepiece import pieces_of_model

LATIN, GEORGIAN = "etaoinshrdlu", "აბგდევზთიკლმნოპრს"


def words(letters, count=400, seed=1):
    """Counts of made-up words whose syllables come back, so that there is something to learn."""
    draw = random.Random(seed)
    syllables = ["".join(draw.choices(letters, k=draw.randint(1, 3))) for _ in range(40)]
    drawn = {"".join(draw.choices(syllables, k=draw.randint(1, 4))) for _ in range(count)}
    return {word: draw.choice([1, 2, 50]) for word in sorted(drawn)}


def trained(algorithm, text, size=150):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=(word for word, count in text.items() for _ in range(count)), model_writer=model,
        model_type=algorithm, vocab_size=size, character_coverage=1.0, minloglevel=2,
        normalization_rule_name="identity",
    )  # fmt: skip
    return model.getvalue()


@pytest.fixture(params=["unigram", "bpe"])
def latin(request):
    """A model, and a vocabulary with three languages and its pieces."""
    model = trained(request.param, words(LATIN))
    return model, Vocabulary.build(dict.fromkeys(pieces_of_model(model), 1), ["en", "gl", "pt"], 0, 1000)


def fitted(latin, counts, **options):
    usual = {"model": "m", "texts": [], "languages": ["en", "ka"], "trim": False, "new_pieces": 0, "min_count": 2}
    return adapt(*latin, counts, Adapted(**usual | options))


def split(model):
    return applied(sentencepiece.SentencePieceProcessor(model_proto=model))


def unknown_share(model, vocabulary, counts):
    seen = piece_counts(split(model), counts)
    lost = sum(count for piece, count in seen.items() if vocabulary.ids([piece]) == [UNKNOWN_ID])
    return lost / sum(seen.values())


def test_a_text_of_known_letters_changes_nothing(latin):
    model, vocabulary = fitted(latin, words(LATIN, 100, seed=2))
    assert model == latin[0] and vocabulary.pieces == latin[1].pieces and vocabulary.counts == latin[1].counts


def test_letters_of_another_script_get_rows_at_the_end(latin):
    text = words(GEORGIAN) | {"ჩჰ": 1}  # letters that are too rare
    assert unknown_share(*latin, text) > 0.3
    model, vocabulary = fitted(latin, text)
    assert unknown_share(model, vocabulary, text) < 0.001
    assert vocabulary.pieces[: len(latin[1])] == latin[1].pieces
    assert vocabulary.pieces[len(latin[1]) :] == sorted(GEORGIAN)
    (pieces,) = split(model)(["ალე"])
    assert pieces == ["▁", "ა", "ლ", "ე"]
    before, after = split(latin[0])(list(words(LATIN))), split(model)(list(words(LATIN)))
    assert before == after


def test_learned_pieces_are_all_used_by_the_text_that_they_were_learned_on(latin):
    text = words(LATIN) | words(GEORGIAN)
    model, vocabulary = fitted(latin, text, new_pieces=60)
    new = vocabulary.pieces[len(latin[1]) :]
    long = [piece for piece in new if len(piece) > 1]
    assert len(long) > 30 and {*GEORGIAN} == {piece for piece in new if len(piece) == 1}
    seen = piece_counts(split(model), text)
    assert [seen[piece] for piece in new] == vocabulary.counts[len(latin[1]) :] and min(map(seen.get, long)) > 0
    shorter, _ = fitted(latin, text)
    assert sum(seen.values()) < sum(piece_counts(split(shorter), text).values())
    assert unknown_share(model, vocabulary, text) == 0


def test_a_trimmed_vocabulary_splits_the_text_as_before(latin):
    text = {word: count for word, count in words(LATIN, 30, seed=3).items() if "u" not in word}
    model, vocabulary = fitted(latin, text, trim=True)
    assert split(model)(list(text)) == split(latin[0])(list(text))
    assert len(vocabulary) < len(latin[1]) - 20 and unknown_share(model, vocabulary, text) == 0
    assert vocabulary.languages() == ["en"] and vocabulary.pieces[: len(SPECIALS)] == list(SPECIALS)
    rows = [latin[1].pieces.index(piece) for piece in vocabulary.pieces]
    assert rows == sorted(rows)
    letters = {piece for piece in latin[1].pieces if len(piece) == 1}
    assert letters <= {*vocabulary.pieces}


def test_other_text_has_kept_rows_or_unknown_ones_in_a_trimmed_vocabulary(latin):
    model, vocabulary = fitted(latin, words(LATIN, 30, seed=3), trim=True)
    others = [*words(LATIN, 300, seed=4), "Ünbekannt", "ალე"]
    for pieces in split(model)(others):
        assert all(piece in vocabulary.pieces or not {*piece} & {*LATIN, "▁"} for piece in pieces)


def test_new_pieces_need_an_algorithm_that_learns_pieces():
    model = trained("char", words(LATIN), 20)
    vocabulary = Vocabulary.build(dict.fromkeys(pieces_of_model(model), 1), ["en"], 0, 1000)
    with pytest.raises(UserError, match="subwords.new_pieces: .*neither unigram nor bpe"):
        fitted((model, vocabulary), words(GEORGIAN), new_pieces=5)


def test_a_letter_that_the_project_hides_stays_itself(latin):
    model, vocabulary = fitted(latin, {"a▁b": 5, "▅": 5})
    assert unknown_share(model, vocabulary, {"a▁b": 5, "▅": 5}) == 0
