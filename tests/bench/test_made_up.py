import numpy as np

from bench.made_up import write
from model.shards.examples import read_shards
from model.text.vocabulary import Vocabulary


def test_shards_have_pairs_of_equal_lengths_and_no_control_tokens(tmp_path):
    write(tmp_path / "one", 300, 500, dev=20)
    vocabulary = Vocabulary.read(tmp_path / "one/subwords/vocabulary.tsv")
    assert len(vocabulary) == 300
    examples = read_shards([tmp_path / "one/train/en-de"], vocabulary)
    sides = examples.source.segments, examples.target.segments
    assert len(sides[0]) == 500 and len(read_shards([tmp_path / "one/dev/en-de"], vocabulary).source.segments) == 20
    assert np.array_equal(sides[0].lengths(), sides[1].lengths()) and len(set(sides[0].lengths())) > 10
    assert not any(vocabulary.is_control(int(i)) for side in sides for i in np.unique(side.values))


def test_they_are_the_same_each_time(tmp_path):
    for name in ("one", "two"):
        write(tmp_path / name, 100, 50)
    first, second = ((tmp_path / name / "train/en-de/part-00000.parquet").read_bytes() for name in ("one", "two"))
    assert first == second
