"""Objectives as a study names them, and what follows for its runs."""

import pytest

from model.command import UserError
from workflow_scripts.plan import checks
from workflow_scripts.plan.plan import Plan
from workflow_scripts.study.read import parse_study, to_json

MONO = [{"id": f"file:{code}/1/{code}@mono", "files": {code: f"m.{code}"}} for code in ("en", "gl")]


def study(monolingual=(0, 1), training=None, pairs=("en-gl", "en-pt"), runs=("r",), **run):
    settings = {
        "study": "s",
        "corpora": ["gettext:p/1"],
        "pairs": {"all": list(pairs)},
        "training": {"batches_per_update": 2, **(training or {})},
        "runs": {name: {"train_on": "all", **run} for name in runs},
    }
    return parse_study({**settings, "monolingual": [MONO[n] for n in monolingual]}, "s.yaml")


def tasks(made, name="r"):
    return {
        task.objective: [folder.removeprefix("results/s/shards/") for folder in task.shards]
        for task in Plan(made).runs.config(name).tasks
    }


def test_a_run_translates_unless_it_says_otherwise():
    (task,) = Plan(study()).runs.config("r").tasks
    assert (task.objective, task.share) == ("translation", 1.0) and len(task.shards) == 4


def test_each_objective_has_shards_of_its_own():
    made = study(
        shards=["original", "substituted"],
        objectives={"translation": 1, "cd": {"share": 1}, "dae": {"share": 2, "shards": ["monolingual", "original"]}},
        training={"batches_per_update": 4},
    )
    assert tasks(made) == {
        "translation": [
            *("original/en-gl", "original/gl-en", "original/en-pt", "original/pt-en"),
            *("substituted/en-gl", "substituted/en-pt"),
        ],
        "cd": ["monolingual/en", "monolingual/gl"],
        "dae": [
            *("monolingual/en", "monolingual/gl"),
            *("original/en-gl", "original/gl-en", "original/en-pt", "original/pt-en"),
        ],
    }
    assert [task.share for task in Plan(made).runs.config("r").tasks] == [1, 1, 2]
    assert len((plan := Plan(made)).shards.of_model(plan.models.all["r"])) == 8  # each once
    assert Plan(made).subwords.vocabulary_of("gl") == "results/s/subwords/vocabulary.tsv"


COPIES = {"shards": ["original", "substituted"], "objectives": {"translation": {"copy_share": 0.4}}}


def test_a_share_of_copies_names_their_folders_and_only_these():
    shards = ["original", "substituted", "codeswitched"]
    (task,) = Plan(study(**{**COPIES, "shards": shards})).runs.config("r").tasks
    assert task.copy_share == 0.4 and len(task.shards) == 8
    assert task.copies == [f"results/s/shards/substituted/{name}" for name in ("en-gl", "en-pt")]
    (usual,) = Plan(study(shards=shards)).runs.config("r").tasks
    assert usual.copies == [] and usual.shards == task.shards


@pytest.mark.parametrize(
    ("change", "lacks"),
    [
        ({"shards": ["original"]}, "no substituted shards"),
        ({"target": "en"}, "no substituted shards"),  # no direction of the run has any
        ({"shards": ["substituted"]}, "no originals beside its copies"),
    ],
)
def test_a_share_of_copies_needs_copies_and_originals(change, lacks):
    with pytest.raises(UserError) as error:
        checks.check_runs(Plan(study(**{**COPIES, **change})))
    assert str(error.value) == (
        f"runs.r.objectives.translation.copy_share: the run has {lacks}; leave it out, or take shards: [original,"
        " substituted]"
    )


def test_of_models_of_one_direction_those_out_of_english_have_copies():
    plan = Plan(study(**COPIES, per="direction"))
    checks.check_runs(plan)
    copied = {name: len(plan.runs.config(name).tasks[0].copies) for name in plan.models.all}
    assert copied == {"r/en-gl": 1, "r/gl-en": 0, "r/en-pt": 1, "r/pt-en": 0}


def test_a_run_that_starts_from_a_damaged_folder_is_one_line(tmp_path):
    (tmp_path / "config.json").write_text('{"sizes": {}}')
    made = study(init=str(tmp_path))
    with pytest.raises(UserError, match="config.json: damaged, or of no model of this project"):
        checks.check_runs(Plan(made))


def test_codeswitched_segments_of_both_directions_are_restored_also_by_a_run_that_goes_one_way():
    made = study(target="en", objectives={"translation": 1, "csr": 1})
    assert tasks(made)["csr"] == ["codeswitched/en-gl", "codeswitched/en-pt"]
    assert tasks(made)["translation"] == ["original/gl-en", "original/pt-en"]


def test_languages_without_text_to_denoise_are_told_of():
    assert checks.warnings(Plan(study(objectives=CD))) == [
        "runs.r.objectives.cd: no monolingual text in pt; it learns without"
    ]
    both = {"translation": 1, "cd": {"shards": ["monolingual", "original"]}}
    assert checks.warnings(Plan(study(objectives=both))) == checks.warnings(Plan(study())) == []


def test_a_warm_up_longer_than_the_training_is_told_of():
    assert checks.warnings(Plan(study(training={"updates": 500}))) == [
        "training.warmup: 4000 updates, and r will have 500: all within the warm-up;"
        " lower it, or raise training.updates"
    ]
    (line,) = checks.warnings(Plan(study(runs=("a", "b"), training={"updates": 500, "warmup": 500})))
    assert line.startswith("training.warmup: 500 updates, and a, b will have 500: all")
    assert checks.warnings(Plan(study(training={"updates": 500, "warmup": 499}))) == []


@pytest.mark.parametrize(
    ("own", "message"),
    [
        (
            {"language_tokens": "sides"},
            "runs.next.model.language_tokens: sides, but r, which it starts from, has target",
        ),
        (
            {"encoder_projection": "separate"},
            "runs.next.model.encoder_projection: separate, but r, which it starts from",
        ),
        ({"max_positions": 512}, None),
        ({}, None),
    ],
)
def test_a_run_that_starts_from_another_has_its_sizes(own, message):
    settings = to_json(study(model={"language_tokens": "target", "max_positions": 256}))
    following = {"train_on": "all", "init": "r", "model": own}
    made = parse_study({**settings, "runs": {**settings["runs"], "next": following}}, "s.yaml")
    plan = Plan(made)
    model = plan.models.all["next"]
    if message:
        with pytest.raises(UserError, match=f"^{message}"):
            checks.check_model(plan, model)
    else:
        checks.check_model(plan, model)


def test_codeswitched_segments_are_restored_beside_translation():
    assert tasks(study(objectives={"translation": 1, "csr": 1}))["csr"] == ["codeswitched/en-gl", "codeswitched/en-pt"]
    assert Plan(study(objectives={"translation": 1, "csr": 1})).dictionaries.all == ["en-gl", "en-pt"]


def test_a_run_of_one_direction_learns_from_all_text_of_its_pairs():
    made = study(target="en", objectives={"translation": 1, "cd": {"shards": ["monolingual", "original"]}})
    assert tasks(made)["translation"] == ["original/gl-en", "original/pt-en"]
    assert tasks(made)["cd"][2:] == ["original/en-gl", "original/gl-en", "original/en-pt", "original/pt-en"]
    assert Plan(made).runs.config("r").dev == ["results/s/shards/dev/gl-en", "results/s/shards/dev/pt-en"]
    assert Plan(made).models.translating("r", "gl-en") == "r" and Plan(made).models.translating("r", "en-gl") is None
    only = study(source="en", target="gl", per="direction")
    assert list(Plan(only).models.all) == ["r/en-gl"]


def test_what_a_study_says_comes_back_from_its_json():
    made = study(
        objectives={"translation": {}, "cd": {"mask_ratio": 0.4, "unit": "block"}},
        intra_distillation={"alpha": 2, "passes": 3, "objectives": ["cd"]},
        mixing="natural",
    )
    assert parse_study(to_json(made), "s.json") == made
    config = Plan(made).runs.config("r")
    assert type(config).model_validate_json(config.model_dump_json()) == config
    assert config.mixing == "natural" and config.intra_distillation.objectives == ["cd"]
    assert config.tasks[1].mask_ratio == 0.4


CD = {"translation": 1, "cd": 1}


def denoising(objective="cd", **settings):
    return {"objectives": {"translation": 1, objective: settings}}


@pytest.mark.parametrize(
    ("run", "message"),
    [
        ({"objectives": {"cdd": 1}}, "runs.r: objectives: unknown 'cdd'; did you mean 'cd'?"),
        (
            {"objectives": {"translation": 1, "dae_mlm": 1}},
            "runs.r: objectives: dae_mlm is two objectives now: for {translation: 1, dae_mlm: 1} write {translation: 2,"
            " dae: 1, mlm: 1}",
        ),
        (denoising(stacks=["encodr"]), "cd.stacks.0: Input should be 'encoder' or 'decoder', not 'encodr'"),
        (denoising("dae", stacks=["encoder"]), "stacks: dae has no loss of the encoder; it has decoder"),
        (denoising(mask_ratio=1.5), "runs.r.objectives.cd.mask_ratio: Input should be less than 1, not 1.5"),
        (denoising("translation", copy_share=1), "translation.copy_share: Input should be less than 1, not 1"),
        (denoising(mask_ratio=0), "runs.r.objectives.cd.mask_ratio: Input should be greater than 0, not 0"),
        (denoising("translation", mask_ratio=0.5), "mask_ratio 0.5: translation masks nothing; leave it out"),
        (denoising(mask_rate=0.5), "runs.r.objectives.cd: unknown 'mask_rate'; did you mean 'mask_ratio'?"),
        (denoising(shards=["substituted"]), "objectives.cd.shards: cd cannot learn from 'substituted'"),
        ({"shards": ["monolingual"]}, "shards: translation cannot learn from 'monolingual'"),
        (
            {"objectives": {**CD, "cd": -1}},
            "objectives.cd.share: Input should be greater than or equal to 0.001, not -1",
        ),
        (
            {"objectives": {**CD, "cd": float("inf")}},
            "objectives.cd.share: inf is no finite number",
        ),
        (denoising(mask_ratio="a"), "runs.r.objectives.cd.mask_ratio: 'a' is no number"),
        (
            {"objectives": {**CD, "cd": 3}, "mixing": "natural"},
            "objectives.cd.share: mixing is natural, by how much text",
        ),
        ({"intra_distillation": {"alhpa": 5}}, "runs.r.intra_distillation: unknown 'alhpa'; did you mean 'alpha'?"),
        ({"objectives": {}}, "objectives"),
        ({"intra_distillation": {"alpha": 5}}, "runs.r.intra_distillation: alpha 5 without passes; say how many"),
        ({"intra_distillation": 2}, "runs.r.intra_distillation: 2 is no mapping; write {passes: 2}"),
        ({"intra_distillation": {"passes": 1}}, "passes: Input should be greater than or equal to 2, not 1"),
        ({"intra_distillation": {"alpha": 0, "passes": 2}}, "alpha: Input should be greater than 0, not 0"),
        ({"intra_distillation": {"passes": 2, "objectives": ["cd"]}}, "intra_distillation.objectives: unknown 'cd'"),
        ({"intra_distillation": {"passes": 2, "schedule": "adaptive", "p": 10, "q": 5}}, "p 10.0 less than q 5.0"),
        ({"search": {"length_penlty": 1}}, "runs.r.search.unknown 'length_penlty'; did you mean 'length_penalty'?"),
        ({"search": {"nbest": 6}}, "runs.r.search.nbest 6 is more than beam 5; widen the beam"),
        ({"mixing": "half"}, "mixing: Input should be 'shares' or 'natural', not 'half'"),
        ({"target": "xx"}, "runs.r.target: unknown language 'xx'"),
    ],
)
def test_mistakes_are_one_line_with_key_and_value(run, message):
    with pytest.raises(UserError) as error:
        study(**run)
    assert message in str(error.value) and str(error.value).startswith("s.yaml: ") and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"monolingual": (), "objectives": CD},
            "s.yaml: runs.r.objectives.cd: monolingual has no text in a language of its pairs; list some there, or take"
            " shards: [original]",
        ),
        (
            {"objectives": CD, "training": {"batches_per_update": 3}},
            "s.yaml: runs.r.training.batches_per_update: 3 cannot be shared out as objectives say (translation: 1,"
            " cd: 1); set a multiple of 2",
        ),
        ({"source": "gl", "target": "pt"}, "s.yaml: runs.r: all has no direction from gl to pt; name another"),
        (
            {
                "objectives": {"translation": 2, "dae": 1, "mlm": 1},
                "training": {"batches_per_update": 4, "batch_tokens": 200},
            },
            "s.yaml: runs.r.training.batch_tokens: 200 is too little for segments of 256 subwords; raise it to 256, or"
            " lower model.max_positions",
        ),
    ],
)
def test_what_a_run_cannot_have_is_said_before_anything_is_done(tmp_path, monkeypatch, settings, message):
    monkeypatch.chdir(tmp_path)
    for code in ("en", "gl"):
        (tmp_path / f"m.{code}").touch()
    with pytest.raises(UserError) as error:
        checks.check(Plan(study(**settings)), "s.yaml")
    assert message == str(error.value)
