"""Every text in normal form comes back as it was, in each language of FLORES-200 and with each segmenter but moses."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU

from model.text.languages import short
from model.text.lexicon import Lexicon
from model.text.lines import normalised
from model.text.segmenters import SEGMENTERS, segmenter
from tests.flores200 import BY_SCRIPT, CODES
from tests.model.text.sentences import SIGNS, STOPS, alphabet, sentences

ROWS = [name for name in SEGMENTERS if name != "moses"]
SIGNS_ALONE = sorted({character for sign in SIGNS for character in sign} | set("".join(STOPS.values())))
CASES = 10_000 if settings.get_current_profile_name() == "deep" else 300
NONCHARACTERS = [chr(code) for code in range(0xFDD0, 0xFDF0)]  # see model/text/hidden.py


def texts(code):
    """Random text of a language: characters of its script, signs, and sometimes any character."""
    letters = alphabet(code.split("_")[1])
    character = st.sampled_from(letters) | st.sampled_from(letters) | st.sampled_from(SIGNS_ALONE) | st.just(" ")
    anything = st.characters(exclude_categories=["Cs"], exclude_characters=NONCHARACTERS)
    return st.tuples(st.just(code), st.text(character | character | character | anything, max_size=40).map(normalised))


@pytest.mark.parametrize("row", ROWS)
@settings(max_examples=CASES // len(ROWS))
@given(case=st.sampled_from(CODES).flatmap(texts))
def test_random_text_comes_back(row, case):
    code, line = case
    words = SEGMENTERS[row].split(line, short(code))
    assert SEGMENTERS[row].join(words, short(code)) == line
    assert all(word.split() == [word] for word in words)
    lexicon = Lexicon(short(code), SEGMENTERS[row], lambda words: [[] for _ in words])
    assert [lexicon.words[number] for number in lexicon.split([line]).values] == words


@pytest.mark.parametrize("script", BY_SCRIPT)
def test_references_that_are_split_and_joined_score_100(script):
    lines = list(map(normalised, sentences(script, 60)))
    for code in BY_SCRIPT[script].split():
        language = short(f"{code}_{script}")
        for chosen in ({}, {"default": "messages"}, {"default": "spaces"}):
            rules = segmenter(language, chosen)
            joined = [rules.join(rules.split(line, language), language) for line in lines]
            assert joined == lines
    tokenizer = "char" if script in ("Thai", "Khmr", "Laoo", "Mymr", "Tibt") else "13a"
    assert BLEU(tokenize=tokenizer, force=True).corpus_score(joined, [lines]).score == pytest.approx(100)
