import hashlib
import json

import pytest

from model.command import UserError
from model.config.model import ModelConfig
from model.config.run import RunConfig, Task, check_kept_updates
from model.config.search import SearchConfig
from model.config.training import TrainingConfig


def run(**training):
    return RunConfig(
        run="mrasp/seed2",
        seed=1,
        subwords="results/s/subwords",
        vocabulary="results/s/subwords/vocabulary.tsv",
        tasks=[Task(objective="translation", shards=["results/s/shards/original/en-gl"])],
        dev=["results/s/shards/dev/en-gl"],
        model=ModelConfig(width=32),
        training=TrainingConfig(updates=3000, evaluate_every=500, **training),
    )


@pytest.mark.parametrize("training", [{}, {"keep_updates": [500, 3000]}, {"keep_checkpoints": 7}])
def test_the_digest_of_what_weights_depend_on_stays_so_that_no_finished_model_is_trained_again(training):
    said = json.dumps(run(**training).weights())
    assert hashlib.sha256(said.encode()).hexdigest()[:12] == "9273a5d3b8c3"


UPDATES = (0, 150, 200, 400, 500, 600, 1000, 2700, 3000, 3500)


@pytest.mark.parametrize(
    ("settings", "written"),
    [
        ({}, [500, 1000, 3000]),
        ({"checkpoint_every": 200}, [200, 400, 500, 600, 1000, 3000]),
        ({"checkpoint_every": 200, "evaluation_share": 0.1}, [200, 400, 600, 1000, 3000]),
        ({"evaluation_share": 0.1}, [500, 1000, 3000]),
        ({"updates": 2700}, [500, 1000, 2700]),
    ],
)
def test_checkpoints_are_written_at_evaluations_between_them_and_at_the_end(settings, written):
    config = TrainingConfig(**{"updates": 3000, "evaluate_every": 500, **settings})
    assert [update for update in UPDATES if config.has_checkpoint(update)] == written


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"keep_updates": [500, 700]}, "but every 500 updates up to 3000; name one of these"),
        ({"keep_updates": [700], "checkpoint_every": 200}, "but every 200 and every 500 updates up to 3000; name"),
        ({"keep_updates": [700], "checkpoint_every": 200, "evaluation_share": 0.5}, "but every 200 updates up to"),
        ({"keep_updates": [700], "evaluation_share": 0.5}, "but every 500 updates up to"),
    ],
)
def test_one_line_says_after_which_updates_there_are_checkpoints(settings, message):
    with pytest.raises(UserError, match=f"^runs.mrasp/seed2: no checkpoint is written after update 700.*{message}"):
        check_kept_updates(run(**settings))
    check_kept_updates(run(keep_updates=[500, 3000]))


def test_later_keys_are_written_only_where_they_have_an_effect():
    later = {"embedding_scale": "none", "embedding_norm": True, "output_bias": True}
    assert not later.keys() & ModelConfig().model_dump().keys()
    assert ModelConfig(**later).model_dump().items() >= later.items()
    assert "patience" not in SearchConfig().of_best() and SearchConfig(patience=2).of_best()["patience"] == 2
