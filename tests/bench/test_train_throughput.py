from argparse import Namespace
from pathlib import Path

import pytest

from bench.process import Usage
from bench.train_throughput import Variant, losses, ours, run_config, seen, variants
from bench.trial import Trial
from tests.model.toy_run import prepare


@pytest.fixture
def config(tmp_path):
    """A run on a toy pair, of the smallest sizes."""
    run = prepare(tmp_path)
    paths = {"shards": [Path(run.tasks[0].shards[0])], "dev": [Path(run.dev[0])], "subwords": Path(run.subwords)}
    sizes = {"preset": None, "width": 32, "layers": 1, "rows": 0}
    return run_config(
        Namespace(**paths, vocabulary=None, **sizes, batch_tokens=900, warmup_rate=5, precision="float32", dropout=0.1),
        tmp_path,
    )


def test_ours_and_the_peer_train_on_the_same_batches_and_learn(config, tmp_path):
    pytest.importorskip("transformers")
    from bench import huggingface

    trainings = ours(Variant("ours"), config, tmp_path), huggingface.training(config, "sdpa", False)
    before = [training.dev_loss() for training in trainings]
    counts = [[training.update() for _ in range(40)] for training in trainings]  # an epoch has fewer batches
    assert counts[0] == counts[1] and len(set(counts[0])) > 1
    for training, loss in zip(trainings, before, strict=True):
        assert training.dev_loss() < loss - 0.2


def test_ours_counts_target_tokens_without_padding_and_positions_with_it(config, tmp_path):
    training = ours(Variant("ours"), config, tmp_path)
    tokens, positions = training.update()
    assert 0 < 2 * tokens < positions <= 2 * config.training.batch_tokens


def test_ours_is_first_and_each_variant_has_its_own_name():
    for compiled, count in ((False, 5), (True, 8)):
        found = variants(2, compiled)
        assert found[0].attention is None and len({v.name for v in found}) == len(found) == count
        assert any(v.compiled for v in found) == compiled
    assert len(variants(1, False)) == 4


def test_each_variant_uses_all_cores():
    found = variants(3, True)
    assert all(v.processes * v.threads == 3 for v in found)
    assert [v.processes for v in found if v.attention is None] == [3, 1, 3]


def test_other_batches_than_ours_are_told():
    def trials(*tokens):
        return [(Trial(n, 0, 1.0, 1.0, 0.0), Usage()) for n in tokens]

    assert seen({"ours": trials(5, 6), "peer": trials(5, 6)}) == "all variants saw the same 11 target tokens"
    assert "do not trust" in seen({"ours": trials(5, 6), "peer": trials(6, 5)})


def test_losses_become_a_table():
    assert losses([("ours", (1200, 34_000, 4.5678))])[-1] == "| ours | 1,200 | 34,000 | 4.568 |"
