import random

import pytest
from sacremoses import MosesTokenizer

from model.text.lexicon import Lexicon
from model.text.moses import DIGIT, LOWER, OTHER, Moses
from model.text.segmenters import SEGMENTERS

# What the rules treat in a way of its own, and what could be taken for it.
PARTS = [
    "a", "B", "é", "ß", "5", "½", "²", "٣", "中", "한", "का", "्", "\u0301", "\u00ad", "\u200b", "ª", "€", "_", "@", "/",
    "c'", "'", "'s", "n't", "`", "``", '"', "(", ")", "?", "!", "%d", "-", "--", "@-@", ",", ".", "..", "...", "Mr.",
    "No.", "e.g", "U.S.", "z.B.", "DOTMULTI", "THISISPROTECTED000", "s", "x",
]  # fmt: skip


def words(lexicon, line):
    return [lexicon.words[number] for number in lexicon.split([line])[0]]


def lines(draw, count):
    """Lines of one to six chunks with one space between, or sometimes two."""
    for _ in range(count):
        chunks = ["".join(draw.choices(PARTS, k=draw.randint(1, 4))) for _ in range(draw.randint(1, 6))]
        yield (" " if draw.random() < 0.95 else "  ").join(chunks)


# The rules themselves take ten seconds and more for Chinese and Japanese.
LONG = [pytest.param(language, marks=pytest.mark.slow) for language in ("zh", "ja")]


@pytest.mark.parametrize("language", ["en", "fr", "de", "es", "pl", "ko", "xx", *LONG])
def test_words_found_chunk_by_chunk_are_those_of_the_rules(language):
    peer, lexicon = MosesTokenizer(language), Lexicon(language, SEGMENTERS["moses"], lambda words: [[0] for _ in words])
    for line in lines(random.Random(language), 1000):
        expected = peer.tokenize(line, aggressive_dash_splits=True, escape=False)
        assert words(lexicon, line) == expected, line


def test_a_full_stop_looks_at_what_follows():
    rules = Moses("en")
    assert [rules.following(chunk) for chunk in ("end", "End", "3rd", "(a", "é", "")] == [
        *(LOWER, OTHER, DIGIT, OTHER, LOWER, OTHER)
    ]
    assert rules.words_of_chunks(["word.", "No.", "Mr."], OTHER) == [["word", "."], ["No", "."], ["Mr."]]
    assert rules.words_of_chunks(["word.", "No.", "Mr."], LOWER) == [["word."], ["No."], ["Mr."]]
    assert rules.words_of_chunks(["word.", "No.", "Mr."], DIGIT) == [["word", "."], ["No."], ["Mr."]]


@pytest.mark.parametrize(
    ("language", "words"), [("ca", ["l'", "arxiu"]), ("fr", ["l'", "arxiu"]), ("es", ["l", "'", "arxiu"])]
)
def test_apostrophes_go_with_the_article_where_a_language_elides(language, words):
    segmenter = SEGMENTERS["moses"]
    assert segmenter.split("l'arxiu", language) == words
    assert language == "es" or segmenter.join(words, language) == "l'arxiu"
