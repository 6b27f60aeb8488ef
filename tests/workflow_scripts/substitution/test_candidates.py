import numpy as np

from model.text.segmenters import SEGMENTERS
from tests.workflow_scripts.substitution.plain import Plain, copies, dictionaries, substituter

ALL = {"probability": 1.0}


def test_a_translation_without_subwords_is_never_drawn():
    tables = dictionaries(de={"cat": "nothing, Katze", "dog": "nothing"})
    assert {line for _, line in copies(["cat dog"] * 50, tables, **ALL)} == {"Katze dog"}


def test_parts_of_words_can_be_left_alone():
    tokenizer = Plain()
    lines = tokenizer.lexicon("en")
    lines.split(["well", "known"])
    lines.whole[1] = False
    tables = dictionaries(de={"well": "gut", "known": "bekannt"})
    assert copies(["well known"], tables, tokenizer=tokenizer, whole_words=True, **ALL) == [(0, "gut known")]
    assert copies(["well known"], tables, tokenizer=tokenizer, **ALL) == [(0, "gut bekannt")]


def test_sentencepiece_leaves_punctuation_at_words_and_so_does_substitution():
    tables = dictionaries(de={"cat": "katze"})
    made = copies(["(Cat), CAT! c-a-t ..."], tables, tokenizer=Plain("sentencepiece"), **ALL)
    assert made == [(0, "(Katze), KATZE! c-a-t ...")]
    assert copies(["(Cat),"], tables, **ALL) == []


def test_a_vowel_sign_or_joiner_at_the_end_is_no_punctuation():
    tables = dictionaries(de={"हिन्दी": "Hindi", "ه\u200c": "sie"})
    made = copies(["(हिन्दी)। ه\u200c،"], tables, tokenizer=Plain("sentencepiece"), **ALL)
    assert made == [(0, "(Hindi)। sie،")]


def test_a_word_beside_punctuation_is_replaced_and_parts_of_others_are_not():
    tables = dictionaries(de={"cat": "kleine Katze", "well": "gut", "don": "x", "t": "x"})
    lines = ["(Cat), a cat’s well-known “cat” don’t."]
    made = copies(lines, tables, tokenizer=Plain(row="words"), whole_words=True, **ALL)
    assert [SEGMENTERS["words"].join(line.split(" "), "en") for _, line in made] == [
        "(Kleine Katze), a cat’s well-known “kleine Katze” don’t."
    ]


def test_replacements_are_encoded_once_a_distinct_word():
    two = dictionaries(de={"cat": "Katze", "dog": "Hund"}, fr={"cat": "chat"})
    tokenizer = Plain()
    making = substituter(two, tokenizer=tokenizer, **ALL)
    for first in range(0, 500, 50):
        making.copies(first, ["cat dog"] * 50)
    assert tokenizer.encoded == 2 + 3  # cat, dog; Katze, Hund, chat


def test_numbers_at_the_edges_of_shares_stay_within_their_group():
    making = substituter(dictionaries(de={"cat": "x, y, z", "dog": "v"}, fr={"cat": "u, w"}), per="copy")
    making.copies(0, ["cat dog"])
    table = making._candidates
    # Groups: cat in de and fr, dog in de and fr; that of dog in fr is empty.
    groups, last = np.array([0, 1, 2]), 1 - 2**-53
    assert table.draw(groups, np.array([0.0] * 3)).tolist() == [0, 3, 5]
    assert table.draw(groups, np.array([last] * 3)).tolist() == [2, 4, 5]
    assert table.draw(groups[:2], np.array([1 / 3, 0.5])).tolist() == [1, 4]
