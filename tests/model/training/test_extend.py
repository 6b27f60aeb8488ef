import pytest
import torch

from model.command import UserError
from model.text.vocabulary import Vocabulary
from model.training.extend import check_extension, extended_embedding

OLD = Vocabulary.build({"a@@": 9, "b@@": 8, "ab": 7, "c": 6, "b": 5}, ["en", "es"], 1, 100)
NEW = OLD.extended({"abc": 3, "ab@@": 2, "ñ": 2}, ["gl"], 1)
WEIGHTS = torch.arange(len(OLD) * 2.0).view(len(OLD), 2)


def rows(**options):
    return extended_embedding(WEIGHTS, OLD, NEW, torch.Generator().manual_seed(1), **options)


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


def test_a_piece_without_parts_is_drawn_by_the_seed():
    assert row("ñ") == row("ñ") and row("ñ") not in WEIGHTS.tolist()


def test_all_new_rows_can_be_drawn():
    new = rows(new_rows="random")
    assert torch.equal(new[: len(OLD)], WEIGHTS) and torch.equal(new, rows(new_rows="random"))
    wide = torch.zeros(len(OLD), 10_000)
    drawn = extended_embedding(wide, OLD, NEW, torch.Generator().manual_seed(1), "random")[len(OLD) :]
    assert len(drawn) == 4 and (drawn.std(dim=1) - 0.01).abs().max() < 0.0005  # N(0, 1/D)


def test_a_vocabulary_that_is_no_extension_is_refused():
    check_extension(OLD, NEW, "m")
    with pytest.raises(UserError, match="m: its vocabulary is not the beginning"):
        check_extension(NEW, OLD, "m")
