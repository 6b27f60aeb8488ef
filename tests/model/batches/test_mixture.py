from collections import Counter
from itertools import islice
from pathlib import Path

import pytest
import torch

from model.batches.mixture import Mixture
from model.batches.stream import epoch_rows
from model.command import UserError
from model.config.model import ModelConfig
from model.config.run import RunConfig, Task
from model.config.task_order import order_of_tasks
from model.config.training import TrainingConfig
from model.shards.files import part_name, write_part
from model.text.ragged import Ragged
from model.text.tokenizer import Tokenizer
from model.text.vocabulary import Vocabulary
from model.text.words import Words

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


def mixture(*tasks, batch_tokens=16, max_positions=64, seed=3, process=0, processes=1, pool_rows=50, **options):
    """tasks: folders of shards to translate, or a Task; options: of training, and `mixing`."""
    tasks = [t if isinstance(t, Task) else Task(objective="translation", shards=[str(f) for f in t]) for t in tasks]
    subwords = Path(tasks[0].shards[0]).parents[1]
    VOCABULARY.write(subwords / "vocabulary.tsv")
    (subwords / "tokenizer.json").write_text('{"segmenters": {}}')
    config = RunConfig(
        run="toy",
        seed=seed,
        subwords=str(subwords),
        vocabulary=str(subwords / "vocabulary.tsv"),
        tasks=tasks,
        mixing=options.pop("mixing", "shares"),
        dev=[""],
        model=ModelConfig().model_copy(update={"max_positions": max_positions, **options.pop("model", {})}),
        training=TrainingConfig(batch_tokens=batch_tokens, **options),
    )
    return Mixture(config, Words(Tokenizer(subwords)), process, processes, pool_rows)


def stream(folders, per_update=1, **options):
    return mixture(folders, batches_per_update=per_update, **options)


def rows_of(batches):
    """(language, ids) of each target."""
    return [tuple(row[row > 1].tolist()) for batch in batches for row in batch.inputs]


def one_epoch(made, epoch=0):
    """The portions whose batches belong to an epoch."""
    found = []
    for portion in made:
        if portion.end[0].epoch == epoch:
            found.append(portion)
        elif portion.end[0].epoch > epoch:
            return found
    raise AssertionError


def test_each_row_is_given_once_an_epoch(folders):
    for epoch in (0, 1):
        rows = rows_of(batch for portion in one_epoch(stream(folders), epoch) for batch in portion.batches)
        assert len(rows) == 125 and len(set(rows)) == 125


def test_each_pool_mixes_the_folders_in_their_proportion(folders):
    assert stream(folders).streams[0].pools_per_epoch == 3
    for number in range(3):
        pool = [s for s in one_epoch(stream(folders)) if s.end[0].pool == number]
        counts = Counter(row[0] for row in rows_of(batch for portion in pool for batch in portion.batches))
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
    assert whole[-1].end[0].epoch > 0


def test_positions_of_older_checkpoints_are_understood(folders):
    """They have another name for the number of the batch."""
    made = stream(folders)
    made.restore([{"epoch": 1, "pool": 2, "given": 3}])
    assert made.state() == [{"epoch": 1, "pool": 2, "batch": 3}]


PARTS = [(4, [[0, 1], [2, 3]]), (3, [[0], [1], [2]]), (1, [[0], [0]]), (2, [[0], [0, 1], [1]]), (3, [[0, 1], [1, 2]])]


@pytest.mark.parametrize(("per_update", "expected"), PARTS)
def test_processes_share_out_the_rows_of_each_update(folders, per_update, expected):
    options, processes = {"per_update": per_update, "batch_tokens": 64}, len(expected)
    alone = list(islice(stream(folders, **options), 12))
    parts = [list(islice(stream(folders, process=n, processes=processes, **options), 12)) for n in range(processes)]
    for whole, *some in zip(alone, *parts, strict=True):
        assert [part.numbers for part in some] == expected and whole.numbers == list(range(per_update))
        counts = [sum(len(batch.source) for batch in part.batches) for part in some]
        assert max(counts) - min(counts) <= max(len(batch.source) for batch in whole.batches)
        for number, batch in enumerate(whole.batches):
            own = [part.batches[part.numbers.index(number)] for part in some if number in part.numbers]
            assert [b.first for b in own] == [sum(len(b.source) for b in own[:n]) for n in range(len(own))]
            for name in ("source", "inputs"):
                assert torch.equal(torch.cat([getattr(b, name) for b in own]), getattr(batch, name))
            assert sum(b.tokens for b in own) == batch.tokens
        assert len({whole.end, *(part.end for part in some)}) == 1


def test_a_batch_of_one_row_is_for_one_process(folders):
    parts = [next(iter(stream(folders, batch_tokens=4, process=n, processes=2))) for n in (0, 1)]
    assert [[len(batch.source) for batch in part.batches] for part in parts] == [[], [1]]


def test_processes_have_batches_of_all_tasks(folders):
    tasks = [Task(objective=o, shards=list(map(str, folders))) for o in ("translation", "cd")]
    for process in (0, 1):
        (portion,) = islice(mixture(*tasks, batches_per_update=4, process=process, processes=2), 1)
        assert [batch.objective for batch in portion.batches] == ["translation", "cd"]


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


def test_a_task_may_take_some_rows_of_each_folder_and_the_same_each_epoch(folders):
    def rows(segments, epoch=0, seed=3):
        task = Task(objective="translation", shards=list(map(str, folders)), segments=segments)
        return sorted(rows_of(b for s in one_epoch(mixture(task, seed=seed), epoch) for b in s.batches))

    few, more, all_rows = rows(10), rows(40), rows(1000)
    assert Counter(row[0] for row in few) == dict.fromkeys(map(VOCABULARY.language_id, ("gl", "pt")), 10)
    assert len(more) == 40 + 35 and len(all_rows) == 90 + 35 and set(few) < set(more) < set(all_rows)
    assert rows(10, epoch=1) == few and rows(10, seed=4) != few
    assert max(n for _, _, n, *_ in few) - min(n for _, _, n, *_ in few) > 40  # from all over a folder


def test_folders_of_one_direction_count_together(tmp_path, folders):
    more = [*folders, shards(tmp_path / "substituted/en-pt", ("en", "pt"), 55)]
    made = stream(more, temperature=3.0)  # both directions have 90 rows
    assert made.streams[0].rows_per_epoch == [90, 35, 55]


def test_nothing_that_fits_is_refused(folders):
    with pytest.raises(UserError, match="no training segment fits in 3 subwords; raise model.max_positions"):
        next(iter(stream(folders, max_positions=3)))
    with pytest.raises(UserError, match="no training segment fits in 2 subwords"):
        next(iter(stream(folders, batch_tokens=2)))


def test_segments_that_do_not_fit_are_left_out_and_counted(tmp_path, folders, capsys):
    longer = Ragged.from_lists([[FIRST] * 10, [FIRST] * 11, [FIRST] * 12])
    (tmp_path / "longer").mkdir()
    write_part(tmp_path / "longer" / part_name(0), [(longer, longer)], ("en", "gl"), VOCABULARY, 1, {})
    made = stream([*folders, tmp_path / "longer"], batch_tokens=13, pool_rows=1000)
    assert len(rows_of(batch for portion in one_epoch(made) for batch in portion.batches)) == 127
    assert (
        "warning: 1 of the first 128 segments are longer than 13 subwords and are left out" in capsys.readouterr().err
    )
    next(iter(stream(folders)))
    assert not capsys.readouterr().err


def test_shards_without_rows_are_refused_or_passed_over(tmp_path, folders):
    empty = shards(tmp_path / "empty/en-gl", ("en", "gl"), 0)
    with pytest.raises(UserError, match=r"empty/en-gl: no row in this or other shards"):
        stream([empty])
    assert stream([empty, *folders]).streams[0].rows_per_epoch == [90, 35]


def denoising(folders, objective="cd", **settings):
    return Task(objective=objective, shards=[str(folder) for folder in folders], **settings)


def objectives(portion):
    return [batch.objective for batch in portion.batches]


def test_each_update_has_batches_of_all_tasks_by_their_shares(folders):
    made = mixture(folders, denoising(folders), batches_per_update=2)
    assert all(objectives(portion) == ["translation", "cd"] for portion in islice(made, 20))
    made = mixture(folders, denoising(folders, share=3.0), batches_per_update=4)
    assert all(Counter(objectives(portion)) == {"translation": 1, "cd": 3} for portion in islice(made, 20))


@pytest.mark.parametrize(("shares", "per_update", "least"), [((1, 1), 1, 2), ((1, 1), 3, 2), ((1, 0.5), 4, 3)])
def test_shares_that_an_update_cannot_have_are_refused(folders, shares, per_update, least):
    tasks = [denoising(folders, "translation", share=shares[0]), denoising(folders, share=shares[1])]
    with pytest.raises(UserError, match=rf"batches_per_update: {per_update} cannot.*set a multiple of {least}$"):
        mixture(*tasks, batches_per_update=per_update)


def test_tasks_take_turns_evenly():
    tasks = [Task(objective="translation", shards=["-"]), Task(objective="cd", shards=["-"], share=2.0)]
    assert order_of_tasks(tasks, 6) == [1, 0, 1, 1, 0, 1]
    assert order_of_tasks(tasks[:1], 3) == [0, 0, 0]


def test_mixed_naturally_all_text_is_seen_equally_often(folders):
    """125 rows to translate and 90 to denoise: both have gone through nearly as many epochs at any time."""
    made, progress = mixture(folders, denoising(folders[:1]), mixing="natural", pool_rows=1000), []
    for portion in islice(made, 120):
        pools = [next(iter(stream.pools())) for stream in made.streams]
        done = [p.epoch + p.batch / len(pool.plan) for p, pool in zip(portion.end, pools, strict=True)]
        progress.append(abs(done[0] - done[1]))
    assert max(progress) < 0.15 and portion.end[0].epoch >= 2


def test_a_monolingual_task_takes_the_sources_alone_and_shares_rows_out_by_language(tmp_path, folders):
    more = shards(tmp_path / "monolingual/en", ("en", "en"), 10)
    other = shards(tmp_path / "monolingual/gl", ("gl", "gl"), 40)
    made = mixture(denoising([*folders, more, other], temperature=1.0, mask_ratio=0.5))
    languages = Counter(row[0] for s in one_epoch(made) for row in rows_of(s.batches))
    assert languages == {VOCABULARY.language_id("en"): 135, VOCABULARY.language_id("gl"): 40}
    usual = mixture(denoising([*folders, more, other])).streams[0]
    # 135 and 40 to the power .7: 30.99 and 13.22 of 44.21, so 123 and 53 of 175; then by the rows of each folder.
    assert usual.rows_per_epoch == [123 * 90 // 135, 123 * 35 // 135, 123 * 10 // 135, 53]


def test_noise_hangs_on_the_seed_and_the_place_of_a_batch(folders):
    def sources(seed=3, given=0, **options):
        made = mixture(folders, denoising(folders), seed=seed, batches_per_update=2, **options)
        list(islice(made, given))
        rest = mixture(folders, denoising(folders), seed=seed, batches_per_update=2, **options)
        rest.restore(made.state())
        return [batch.source.tolist() for portion in islice(rest, 20 - given) for batch in portion.batches]

    whole = sources()
    assert sources() == whole and sources(given=7) == whole[14:] and sources(seed=4) != whole
    halves = [sources(process=n, processes=2) for n in (0, 1)]
    assert [batch for pair in zip(*halves, strict=True) for batch in pair] == whole


def test_blocks_are_neighbours_of_one_language_laid_end_to_end(tmp_path, folders):
    other = shards(tmp_path / "monolingual/gl", ("gl", "gl"), 40)
    made = mixture(denoising([folders[0], other], unit="block", temperature=1.0), max_positions=10, batch_tokens=40)
    rows = rows_of(batch for portion in one_epoch(made) for batch in portion.batches)
    assert {len(row) - 1 for row in rows} <= {2, 4, 6, 8} and sum(len(row) - 1 for row in rows) == 2 * 130
    assert sum(len(row) == 9 for row in rows) > 20


def test_stacks_that_a_task_leaves_out_predict_nothing(folders):
    (batch,) = next(iter(mixture(denoising(folders, stacks=["decoder"], mask_ratio=0.9)))).batches
    assert list(batch.answers) == ["decoder"]
