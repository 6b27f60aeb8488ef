"""What run.json says where the study leaves the size of a model or its schedule open."""

import numpy as np
import pytest

from model.command import UserError
from model.config.run import RunConfig, check_batch_tokens
from model.shards.files import part_name, write_part
from model.text.ragged import Ragged
from model.text.vocabulary import Vocabulary
from tests.workflow_scripts.planned import plan_of
from workflow_scripts.plan.run_config import filled_in

STUDY = {
    "study": "s",
    "corpora": [{"id": "file:a/1", "files": {"en": "a.en", "gl": "a.gl"}}],
    "pairs": {"all": ["en-gl"]},
    "runs": {"open": {"train_on": "all"}, "next": {"train_on": "all", "init": "open"}},
}
SIZE = {"width": 16, "feedforward": 32, "heads": 2, "encoder_layers": 1, "decoder_layers": 1}


def written(study, folder, monkeypatch, rows=50, length=20, run="open") -> RunConfig:
    """run.json of a run of a study whose shards have so many rows of one length."""
    monkeypatch.chdir(folder)
    settings, vocabulary = plan_of(study).runs.settings(run), Vocabulary.build({"a": 1}, ["en", "gl"], 1, 100)
    ids = Ragged(np.full(rows * length, 6, np.int32), np.arange(0, rows * length + 1, length))
    for path in plan_of(study).runs.measured(run):
        (folder / path).mkdir(parents=True)
        write_part(folder / path / part_name(0), [(ids, ids)], ("en", "gl"), vocabulary, 1, {})
    return filled_in(settings)


def test_a_study_that_says_nothing_gets_a_small_model_and_a_short_training(tmp_path, monkeypatch, capsys):
    config = written(STUDY, tmp_path, monkeypatch)
    assert config.model.width == 128 and config.training.patience == 10
    # 25 times 2 directions of 50 rows of 20 ids in batches of 1,000; at least 10 updates for each of 40 evaluations.
    assert config.training.updates == 400
    assert capsys.readouterr().out.startswith("open: 100 segments, 2,000 tokens in its shards; model: width 128")


def test_what_the_study_says_is_not_touched_and_no_shard_is_read(tmp_path, monkeypatch):
    said = {**STUDY, "model": SIZE, "training": {"updates": 10}}
    plan = plan_of(said)
    assert plan.runs.measured("open") == [] and filled_in(plan.runs.settings("open")) == plan.runs.config("open")


def test_size_and_schedule_are_open_each_by_itself(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    config = written({**STUDY, "training": {"updates": 10}}, tmp_path / "a", monkeypatch)
    assert config.model.width == 128 and (config.training.updates, config.training.patience) == (10, 0)
    (tmp_path / "b").mkdir()
    config = written({**STUDY, "model": {**SIZE, "norm": "pre"}}, tmp_path / "b", monkeypatch)
    assert (config.model.width, config.model.norm, config.training.updates) == (16, "pre", 400)


def test_a_model_that_starts_from_another_leaves_the_size_to_it(tmp_path, monkeypatch):
    config = written(STUDY, tmp_path, monkeypatch, run="next")
    assert config.init and not config.model.model_fields_set and config.training.learning_rate == 5e-4


def test_updates_that_the_study_names_must_fit_a_schedule_that_the_text_decides(tmp_path, monkeypatch):
    """The plan cannot check them; the text makes it 400 updates with an evaluation every 10."""
    for update in (200, 205):
        (tmp_path / str(update)).mkdir()
        named = {**STUDY, "tables": {"main": {"runs": ["open", f"open@{update}"]}}}
        if update == 200:
            assert written(named, tmp_path / "200", monkeypatch).training.keep_updates == [200]
            continue
        with pytest.raises(UserError, match="runs.open: no checkpoint is written after update 205.* every 10 updates"):
            written(named, tmp_path / "205", monkeypatch)


def test_segments_that_a_run_does_not_read_do_not_count(tmp_path, monkeypatch, capsys):
    few = {**STUDY, "runs": {"open": {"train_on": "all", "objectives": {"translation": {"segments": 10}}}}}
    written(few, tmp_path, monkeypatch)
    assert capsys.readouterr().out.startswith("open: 20 segments, 400 tokens")


@pytest.mark.parametrize(
    ("learned", "told"), [({}, "150 segments, 3,000"), ({"copy_share": 0.4}, "100 segments, 2,000")]
)
def test_copies_in_place_of_originals_do_not_count(tmp_path, monkeypatch, capsys, learned, told):
    row = {"train_on": "all", "shards": ["original", "substituted"], "objectives": {"translation": learned}}
    written({**STUDY, "runs": {"open": row}}, tmp_path, monkeypatch)
    assert capsys.readouterr().out.startswith(f"open: {told} tokens")


def test_a_batch_that_the_text_decides_holds_the_longest_segment_of_the_model(tmp_path, monkeypatch):
    config = written({**STUDY, "model": {"max_positions": 2048}}, tmp_path, monkeypatch)
    assert config.training.batch_tokens == 2048
    check_batch_tokens(config)


def test_to_say_what_was_open_trains_again():
    """Also where the study now says what the paper's default is, which the plan knows beside what the text decides."""
    said = {**STUDY, "model": {"preset": "mrasp"}, "training": {"updates": 150_000}}
    digests = {plan_of({**said, **change}).runs.weights("open") for change in ({}, {"model": {}}, {"training": {}})}
    assert len({*digests, plan_of(STUDY).runs.weights("open")}) == 4
