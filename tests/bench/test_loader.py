from pathlib import Path

from bench.loader import measured, mixture
from tests.model.toy_run import prepare


def test_batches_are_taken_until_they_hold_the_tokens_and_their_padding_is_counted(tmp_path):
    config = prepare(tmp_path)
    options = [Path(folder) for folder in config.tasks[0].shards], Path(config.vocabulary), 300, 64
    taken, some = [], iter(mixture(*options))
    while sum(batch.tokens for batch in taken) < 2000:
        taken += next(some).batches
    some.close()
    real = sum(int((batch.source != 0).sum()) + len(batch.answers["decoder"].ids) for batch in taken)
    positions = sum(side.numel() for batch in taken for side in (batch.source, batch.inputs))
    batches, share, first, rate = measured(mixture(*options), 2000)
    assert (batches, share) == (len(taken), real / positions) and first > 0 and rate > 0
