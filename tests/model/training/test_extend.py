import pytest
import torch

from model.command import UserError
from model.text.vocabulary import Vocabulary
from model.training.extend import extended_embedding, kept_rows

OLD = Vocabulary.build({"a@@": 9, "b@@": 8, "ab": 7, "c": 6, "b": 5}, ["en", "es"], 1, 100)
NEW = OLD.extended({"abc": 3, "ab@@": 2, "ñ": 2}, ["gl"], 1)
WEIGHTS = torch.arange(len(OLD) * 2.0).view(len(OLD), 2)


def rows(**options):
    return extended_embedding(WEIGHTS, OLD, NEW, range(len(OLD)), torch.Generator().manual_seed(1), **options)


def row(piece):
    return rows()[NEW.pieces.index(piece)].tolist()


def mean(*pieces):
    return WEIGHTS[[OLD.pieces.index(p) for p in pieces]].mean(0).tolist()


def test_old_rows_stay():
    assert torch.equal(rows()[: len(OLD)], WEIGHTS)


def test_a_new_piece_starts_at_the_mean_of_its_parts():
    assert row("abc") == mean("a@@", "b@@", "c")
    assert row("ab@@") == mean("a@@", "b@@")


def test_a_new_language_starts_at_the_mean_of_the_others():
    assert row("<lang:gl>") == mean("<lang:en>", "<lang:es>")


def test_a_new_language_may_start_like_another():
    for drawn in ("mean", "random"):
        found = rows(like={"gl": "es", "fr": "en"}, new_rows=drawn)
        assert found[NEW.language_id("gl")].tolist() == mean("<lang:es>"), "there is no French, so nothing to start"
    assert torch.equal(rows(like={"gl": "es"})[: len(OLD)], WEIGHTS)
    with pytest.raises(UserError, match=r"training\.like: es is known to the model that the run starts from"):
        rows(like={"es": "en"})
    with pytest.raises(UserError, match="language 'pt' has no row in the vocabulary, which knows en, es"):
        rows(like={"gl": "pt"})


def test_a_piece_without_parts_is_drawn_by_the_seed():
    assert row("ñ") == row("ñ") and row("ñ") not in WEIGHTS.tolist()


def test_all_new_rows_can_be_drawn():
    new = rows(new_rows="random")
    assert torch.equal(new[: len(OLD)], WEIGHTS) and torch.equal(new, rows(new_rows="random"))
    wide = torch.zeros(len(OLD), 10_000)
    drawn = extended_embedding(wide, OLD, NEW, range(len(OLD)), torch.Generator().manual_seed(1), "random")[len(OLD) :]
    assert len(drawn) == 4 and (drawn.std(dim=1) - 0.01).abs().max() < 0.0005  # N(0, 1/D)


def test_new_rows_can_be_drawn_close_to_the_mean_of_the_old_ones():
    """Four rows of mean (2, 3) and covariance ((1, 2), (2, 5)), with their number as the divisor; a row of zeros."""
    old = torch.tensor([[1.0, 0.0], [3.0, 4.0], [1.0, 2.0], [3.0, 6.0], [0.0, 0.0]])
    before = Vocabulary([*OLD.pieces[:2], "x", "y", "z"], [-1, -1, 3, 2, 1])
    after = Vocabulary([*before.pieces, *(f"{n}" for n in range(40_000))], [*before.counts, *[1] * 40_000])
    made = extended_embedding(old, before, after, range(5), torch.Generator().manual_seed(1), "multivariate")
    drawn = made[5:].double()
    assert torch.equal(made[:5], old) and (drawn.mean(0) - torch.tensor([2.0, 3.0])).abs().max() < 1e-4
    assert torch.allclose(drawn.T.cov() * 1e5, torch.tensor([[1.0, 2.0], [2.0, 5.0]]).double(), rtol=0.05)
    assert torch.allclose(rows(new_rows="multivariate")[len(OLD) :], WEIGHTS[WEIGHTS.any(1)].mean(0), atol=0.2)


def test_a_vocabulary_that_is_no_extension_is_refused():
    assert kept_rows(OLD, NEW, "m") == [*range(len(OLD))]
    mixed = Vocabulary([*OLD.pieces[:-2], "new", *OLD.pieces[-2:]], [*OLD.counts[:-2], 1, *OLD.counts[-2:]])
    turned = Vocabulary([*OLD.pieces[:-2], OLD.pieces[-1], OLD.pieces[-2]], OLD.counts)
    for other in (mixed, turned):
        with pytest.raises(UserError, match="m: its vocabulary is not the beginning"):
            kept_rows(OLD, other, "m")


def test_rows_may_be_left_out():
    fewer = Vocabulary([*OLD.pieces[:5], "<lang:es>", "b@@", "c", "bc"], [-1] * 6 + [8, 6, 1])
    kept = kept_rows(OLD, fewer, "m")
    assert [OLD.pieces[row] for row in kept] == fewer.pieces[:-1]
    found = extended_embedding(WEIGHTS, OLD, fewer, kept, torch.Generator())
    assert torch.equal(found[:-1], WEIGHTS[kept]) and found[-1].tolist() == mean("b@@", "c")


def test_parts_of_sentencepiece_are_joined_as_they_are():
    old = Vocabulary.build({"▁": 3, "a": 2, "▁b": 2, "ab": 1}, [], 1, 100)
    new, weights = old.extended({"▁baab": 1, "▁ñ": 1}, [], 1), torch.arange(len(old) * 2.0).view(len(old), 2)
    found = extended_embedding(weights, old, new, range(len(old)), torch.Generator(), kind="sentencepiece")
    row = {piece: weights[n] for n, piece in enumerate(old.pieces)}
    assert torch.equal(found[new.pieces.index("▁baab")], (row["▁b"] + row["a"] + row["ab"]) / 3)
    assert found[new.pieces.index("▁ñ")].tolist() not in weights.tolist()
