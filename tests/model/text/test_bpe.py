import io
import random
from contextlib import redirect_stderr

import pytest
from subword_nmt.apply_bpe import BPE
from subword_nmt.learn_bpe import learn_bpe

from model.command import UserError
from model.text.bpe import Merges

# An alphabet of two makes `x x x`; the last one spells the mark of a word's end.
ALPHABETS = ["ab", "abcd", "abcdefgh", "ab<w/>", "aé한🙂\u0301"]


def merges_of(tmp_path, codes):
    (tmp_path / "codes").write_text(codes)
    return Merges(tmp_path / "codes")


def words(draw, alphabet, count):
    return ["".join(draw.choices(alphabet, k=draw.randint(1, 12))) for _ in range(count)]


def learned(draw, text):
    codes = io.StringIO()
    with redirect_stderr(io.StringIO()):
        learn_bpe(io.StringIO(" ".join(text)), codes, draw.randint(1, 40))
    return codes.getvalue()


def disturbed(draw, codes):
    """Codes in another order and with rows that stand there twice, so that a word can be spelt in several ways."""
    head, *rows = codes.splitlines()
    draw.shuffle(rows)
    return "\n".join([head, *rows, *rows[:3]]) + "\n"


@pytest.mark.parametrize("seed", range(60))
def test_pieces_are_those_of_subword_nmt(tmp_path, seed):
    draw = random.Random(seed)
    alphabet = ALPHABETS[seed % len(ALPHABETS)]
    text = words(draw, alphabet, 60)
    codes = learned(draw, text)
    if seed % 4 == 0:
        codes = disturbed(draw, codes)
    if seed % 7 == 0:  # version 0.1, whose words end in a symbol of its own
        codes = codes.partition("\n")[2].replace("</w>", "") + "a </w>\nb a</w>\n"
    text += words(draw, alphabet + "xyz", 60)
    got = merges_of(tmp_path, codes).pieces(text)
    peer = BPE(io.StringIO(codes))
    assert got == [peer.segment_tokens([word]) for word in text]


def test_a_word_does_not_depend_on_those_beside_it(tmp_path):
    merges = merges_of(tmp_path, "#version: 0.2\na b\nab a\nab b</w>\n")
    text = ["abab", "b", "ab", "aba", "bb"]
    assert merges.pieces(text) == [merges.pieces([word])[0] for word in text]
    assert merges.pieces([]) == []


def test_without_merges_words_are_letters(tmp_path):
    assert merges_of(tmp_path, "#version: 0.2\n").pieces(["ab", "c"]) == [["a@@", "b"], ["c"]]


def test_a_very_long_word_is_encoded(tmp_path):
    merges = merges_of(tmp_path, "#version: 0.2\na a\naa aa\naaaa a</w>\n")
    assert merges.pieces(["a" * 2001]) == [["aaaa@@"] * 499 + ["aaaaa"]]


@pytest.mark.parametrize("row", ["a", "a b c", "a ", ""])
def test_a_row_that_is_no_pair_is_refused_with_its_line(tmp_path, row):
    with pytest.raises(UserError, match="codes: line 3: expected two symbols"):
        merges_of(tmp_path, f"#version: 0.2\na b\n{row}\nb c\n")


@pytest.mark.parametrize(
    ("word", "pieces"),
    [("@@", ["@@@", "@"]), ("foo@@", ["f@@", "o@@", "o@@", "@@@", "@"]), ("a@", ["a@@", "@"]), ("@@@", ["@@@@", "@"])],
)
def test_the_last_piece_of_a_word_never_looks_as_if_the_word_went_on(tmp_path, word, pieces):
    merges = merges_of(tmp_path, "#version: 0.2\n@ @</w>\n@ @@</w>\n")
    assert merges.pieces([word]) == [pieces]
