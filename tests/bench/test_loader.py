from bench.loader import measured
from model.stream import Stream
from model.vocabulary import Vocabulary
from tests.model.training import prepare


def test_batches_are_taken_until_they_hold_the_tokens_and_their_padding_is_counted(tmp_path):
    config = prepare(tmp_path)
    vocabulary = Vocabulary.read(config.vocabulary)
    taken, some = [], iter(Stream(config.shards, vocabulary, 300, 64, 1))
    while sum(batch.tokens for batch in taken) < 2000:
        taken += next(some).batches
    some.close()
    real = sum(int((side != 0).sum()) for batch in taken for side in (batch.source, batch.targets))
    positions = sum(side.numel() for batch in taken for side in (batch.source, batch.targets))
    batches, share, first, rate = measured(Stream(config.shards, vocabulary, 300, 64, 1), 2000)
    assert (batches, share) == (len(taken), real / positions) and first > 0 and rate > 0
