import os
from argparse import Namespace

import pyarrow.parquet as pq
import pytest

from bench.process import Usage
from bench.train_throughput import Variant
from bench.trial import Trial, fewer_rows, in_turns, quiet_to_busy, report, sizes_of, speeds, timed, together
from model.command import UserError
from model.shards.examples import read_shards
from model.shards.files import part_name, write_part
from model.text.ragged import Ragged
from model.text.vocabulary import UNKNOWN_ID, Vocabulary

VOCABULARY = Vocabulary.build({"a": 9, "b": 8, "c": 7}, ["en", "gl"], 1, 99)  # a, b, c are rows 6, 7, 8


def trial(tokens, seconds, processor):
    return Trial(tokens, 10 * tokens, seconds, processor, 0.5), Usage(9, 9, tokens / 100)


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_a_table_has_medians_over_the_rounds_and_quotients_within_them():
    trials = {
        "ours": [trial(100, 1, 2), trial(100, 2, 2), trial(100, 4, 2)],
        "peer": [trial(100, 2, 4), trial(100, 2, 4), trial(100, 20, 4)],
    }
    head, _, ours, peer = map(cells, speeds(trials, "positions"))
    assert head[5] == "positions/s"
    # 100, 50 and 25 tokens a second, and 50, 50 and 5: quotients 2, 1 and 5
    assert ours == ["ours", "50.0", "25.0", "100", "50.0", "500", "1.00", "0.50", "1.00", "1.00"]
    assert peer == ["peer", "50.0", "5.0", "50.0", "25.0", "500", "1.00", "0.50", "2.00", "2.00"]


def test_steps_of_the_warm_up_are_done_and_not_counted():
    done = []

    def step():
        done.append(len(done))
        return 10 ** len(done), 1

    counted = timed(step, 2, 3)
    assert done == [0, 1, 2, 3, 4] and (counted.tokens, counted.others) == (111_000, 3)


def told(variant, number, more):
    return Trial(number, more, 1.0, 1.0, 0.0)


def counts(trials):
    return {name: [(t.tokens, t.others) for t, _ in rounds] for name, rounds in trials.items()}


def test_variants_take_turns_and_each_is_told_its_round():
    quiet, beside = in_turns(told, [Variant("a"), Variant("b")], 2, 7)
    assert counts(quiet) == {"a": [(1, 7), (2, 7)], "b": [(1, 7), (2, 7)]} and not beside


def rank(variant, number):
    return Trial(int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"]), 1.0, 1.0, 0.0)


@pytest.mark.slow
def test_processes_of_a_variant_do_it_together_once_quiet_and_once_beside_others():
    quiet, beside = in_turns(rank, [Variant("two", processes=2)], 1, busy=1)
    assert counts(quiet) == counts(beside) == {"two": [(0 + 1, 2 + 2)]}


def test_trials_that_were_done_together_are_one():
    parts = [Trial(10, 20, 1.0, 0.9, 0.25), Trial(11, 21, 1.5, 1.0, 0.5)]
    assert together(parts) == Trial(21, 41, 1.5, 1.9, 0.75)


def test_what_is_kept_on_a_busy_machine_is_compared_within_a_round():
    quiet = {"ours": [trial(100, 1, 1), trial(100, 2, 1), trial(100, 4, 1)]}
    beside = {"ours": [trial(100, 2, 1), trial(100, 8, 1), trial(100, 5, 1)]}
    # 100, 50, 25 tokens a second, and 50, 12.5, 20: quotients 0.5, 0.25, 0.8
    assert cells(quiet_to_busy(quiet, beside)[-1]) == ["ours", "50", "20", "0.50"]
    assert len(report(quiet, beside, "positions", 1)) > len(report(quiet, {}, "positions", 0))


@pytest.fixture
def shards(tmp_path):
    (tmp_path / "en-gl").mkdir()
    sides = Ragged.from_lists([[7, 9], [8]]), Ragged.from_lists([[9], [7, 8, 9]])
    write_part(tmp_path / "en-gl" / part_name(0), [sides], ("en", "gl"), VOCABULARY, 1, {})
    VOCABULARY.write(tmp_path / "vocabulary.tsv")
    return tmp_path / "en-gl"


def test_rows_that_are_cut_off_become_unknown(shards, tmp_path):
    options = Namespace(vocabulary=None, subwords=tmp_path, rows=9)
    path, (copy,) = fewer_rows(options, [shards], tmp_path / "few")
    kept = Vocabulary.read(path)
    assert kept.pieces == VOCABULARY.pieces[:9] and kept.counts == VOCABULARY.counts[:9]
    examples = read_shards([copy], kept)
    assert [examples.source.segments[i].tolist() for i in (0, 1)] == [[7, UNKNOWN_ID], [8]]
    assert [examples.target.segments[i].tolist() for i in (0, 1)] == [[UNKNOWN_ID], [7, 8, UNKNOWN_ID]]
    assert (examples.source.language[0], examples.target.language[0]) == (5, 6)


@pytest.mark.parametrize("rows", [0, 10, 11])
def test_shards_stay_where_all_rows_are_kept(shards, tmp_path, rows):
    options = Namespace(vocabulary=tmp_path / "vocabulary.tsv", subwords=None, rows=rows)
    assert fewer_rows(options, [shards], tmp_path / "few") == (tmp_path / "vocabulary.tsv", [shards])


def test_shards_of_another_vocabulary_are_refused(shards, tmp_path):
    Vocabulary.build({"x": 1, "y": 1}, ["en"], 1, 99).write(tmp_path / "other.tsv")
    with pytest.raises(UserError, match="another vocabulary"):
        fewer_rows(Namespace(vocabulary=tmp_path / "other.tsv", rows=7), [shards], tmp_path / "few")
    assert pq.read_metadata(shards / part_name(0)).num_rows == 2


def test_sizes_are_mbarts_in_norm_and_positions():
    own = sizes_of(Namespace(preset=None, width=128, layers=2))
    assert (own.width, own.feedforward, own.heads, own.encoder_layers, own.decoder_layers) == (128, 512, 2, 2, 2)
    named = sizes_of(Namespace(preset="m15"))
    assert (named.encoder_layers, named.activation) == (12, "relu")
    assert {(s.norm, s.positions) for s in (own, named)} == {("pre", "learned")}
