from collections import Counter
from itertools import islice

import pytest
import torch

from model.command import UserError
from model.ragged import Ragged
from model.shards import part_name, write_part
from model.stream import Stream, ahead, epoch_rows
from model.vocabulary import Vocabulary

VOCABULARY = Vocabulary.build({f"p{n}": 9 - n % 9 for n in range(90)}, ["en", "gl", "pt"], 1, 1000)
FIRST = 7  # the id of the first piece


def shards(folder, languages, count, group=20):
    """Rows 0 … count - 1 of `folder`, told apart by their two ids, in row groups and two part files."""
    folder.mkdir(parents=True)
    rows = [[FIRST + n // 80, FIRST + n % 80] for n in range(count)]
    for number, some in enumerate((rows[: count // 2], rows[count // 2 :])):
        windows = [Ragged.from_lists(some[at : at + group]) for at in range(0, len(some), group)]
        write_part(folder / part_name(number), [(w, w) for w in windows], languages, VOCABULARY, 1, {})
    return folder


@pytest.fixture
def folders(tmp_path):
    return [
        shards(tmp_path / "original/en-gl", ("en", "gl"), 90),
        shards(tmp_path / "original/en-pt", ("en", "pt"), 35),
    ]


def stream(folders, **options):
    return Stream(folders, VOCABULARY, **{"batch_tokens": 16, "max_positions": 64, "seed": 3, "pool": 50, **options})


def rows_of(batches):
    """(language, ids) of each target."""
    return [tuple(row[row != 0].tolist()[:-1]) for batch in batches for row in batch.targets]


def one_epoch(made, epoch=0):
    """The shares whose batches belong to an epoch."""
    found = []
    for share in made:
        if share.end.epoch == epoch:
            found.append(share)
        elif share.end.epoch > epoch:
            return found
    raise AssertionError


def test_each_row_is_given_once_an_epoch(folders):
    for epoch in (0, 1):
        rows = rows_of(batch for share in one_epoch(stream(folders), epoch) for batch in share.batches)
        assert len(rows) == 125 and len(set(rows)) == 125


def test_each_pool_mixes_the_folders_in_their_proportion(folders):
    assert stream(folders).pools == 3
    for number in range(3):
        pool = [s for s in one_epoch(stream(folders)) if s.end.pool == number]
        counts = Counter(row[0] for row in rows_of(batch for share in pool for batch in share.batches))
        assert counts == {VOCABULARY.language_id("gl"): 30, VOCABULARY.language_id("pt"): [11, 12, 12][number]}


def test_the_order_hangs_on_seed_and_epoch(folders):
    orders = [
        rows_of(b for s in one_epoch(stream(folders, seed=seed), epoch) for b in s.batches)
        for seed, epoch in ((3, 0), (3, 0), (3, 1), (4, 0))
    ]
    assert orders[0] == orders[1] and orders[0] not in orders[2:]


@pytest.mark.parametrize("given", [1, 5, 11, 23])
def test_a_restored_stream_goes_on_where_the_first_one_stood(folders, given):
    whole = list(islice(stream(folders, per_update=2), 30))
    cut = stream(folders, per_update=2)
    list(islice(cut, given))
    rest = stream(folders, per_update=2)
    rest.restore(cut.state())
    for expected, found in zip(whole[given:], islice(rest, 30 - given), strict=True):
        assert rows_of(expected.batches) == rows_of(found.batches) and expected.end == found.end
    assert whole[-1].end.epoch > 0


def test_processes_share_out_the_batches_of_each_update(folders):
    alone = list(islice(stream(folders, per_update=4), 12))
    parts = [list(islice(stream(folders, per_update=4, process=n, processes=2), 12)) for n in (0, 1)]
    for whole, even, odd in zip(alone, *parts, strict=True):
        assert (even.numbers, odd.numbers, whole.numbers) == ([0, 2], [1, 3], [0, 1, 2, 3])
        for number, batch in enumerate(whole.batches):
            assert torch.equal(batch.targets, [even, odd][number % 2].batches[number // 2].targets)
        assert whole.end == even.end == odd.end


def test_temperature_gives_small_directions_more(folders):
    made = stream(folders, temperature=2.0)
    counts = Counter(row[0] for s in one_epoch(made) for row in rows_of(s.batches))
    # As the roots of 90 and 35: 76.99 and 48.01 of 125 rows, rounded up.
    assert counts == {VOCABULARY.language_id("gl"): 77, VOCABULARY.language_id("pt"): 49}


def test_over_sampled_rows_come_again_only_when_all_have_come(folders):
    made = stream(folders[1:] + folders[:1], temperature=2.0)
    given = [row for s in islice(made, 60) for row in rows_of(s.batches) if row[0] == VOCABULARY.language_id("pt")]
    times = Counter(given)
    assert max(times.values()) - min(times.values()) <= 2 and len(times) == 35


def test_rows_of_an_epoch_by_temperature():
    """Section 5(8) of the second paper's facts: the eight languages of M8, 4,573,000 rows."""
    sizes = dict(zip("abcdefgh", (18_000, 82_000, 278_000, 693_000, 2_100_000, 193_000, 9_000, 1_200_000), strict=True))
    assert epoch_rows(sizes, 1.0) == sizes
    assert list(epoch_rows(sizes, 10 / 7).values()) == [
        59_909, 173_168, 407_033, 771_456, 1_676_298, 315_274, 36_879, 1_132_987
    ]  # fmt: skip


def test_folders_of_one_direction_count_together(tmp_path, folders):
    more = [*folders, shards(tmp_path / "substituted/en-pt", ("en", "pt"), 55)]
    made = stream(more, temperature=3.0)  # both directions have 90 rows
    assert made.taken == [90, 35, 55]


def test_nothing_that_fits_is_refused(folders):
    with pytest.raises(UserError, match="no training segment fits in 3 subwords; raise model.max_positions"):
        next(iter(stream(folders, max_positions=3)))
    with pytest.raises(UserError, match="no training segment fits in 2 subwords"):
        next(iter(stream(folders, batch_tokens=2)))


def test_segments_that_do_not_fit_are_left_out_and_counted(tmp_path, folders, capsys):
    longer = Ragged.from_lists([[FIRST] * 10, [FIRST] * 11, [FIRST] * 12])
    (tmp_path / "longer").mkdir()
    write_part(tmp_path / "longer" / part_name(0), [(longer, longer)], ("en", "gl"), VOCABULARY, 1, {})
    made = stream([*folders, tmp_path / "longer"], batch_tokens=13, pool=1000)
    assert len(rows_of(batch for share in one_epoch(made) for batch in share.batches)) == 127
    assert (
        "warning: 1 of the first 128 segments are longer than 13 subwords and are left out" in capsys.readouterr().err
    )
    next(iter(stream(folders)))
    assert not capsys.readouterr().err


def test_shards_without_rows_are_refused_or_passed_over(tmp_path, folders):
    empty = shards(tmp_path / "empty/en-gl", ("en", "gl"), 0)
    with pytest.raises(UserError, match=r"empty/en-gl: no row in this or other shards"):
        stream([empty])
    assert stream([empty, *folders]).taken == [90, 35]


def test_what_is_made_ahead_is_the_same_and_its_errors_arrive():
    assert list(ahead(iter(range(9)), 2)) == list(range(9))

    def failing():
        yield 1
        raise UserError("broken")

    made = ahead(failing(), 2)
    assert next(made) == 1
    with pytest.raises(UserError, match="broken"):
        next(made)


def test_a_stream_that_is_left_ends_its_thread():
    taken = []

    def counting():
        for number in range(10**9):
            taken.append(number)
            yield number

    made = ahead(counting(), 3)
    assert next(made) == 0
    made.close()
    assert len(taken) < 10
