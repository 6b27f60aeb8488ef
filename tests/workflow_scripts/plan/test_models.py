import pytest

from model.command import UserError
from workflow_scripts.plan import checks
from workflow_scripts.plan.plan import Plan
from workflow_scripts.study.read import parse_study

STUDY = parse_study(
    {
        "study": "s",
        "corpora": ["gettext:p/1"],
        "pairs": {"pretrain": ["en-es", "en-pt"], "downstream": ["en-gl", "en-es"]},
        "training": {"dropout": 0.1},
        "runs": {
            "mrasp": {"train_on": "pretrain", "shards": ["original", "substituted"]},
            "direct": {"train_on": "downstream", "per": "direction", "training": {"dropout": 0.3}},
            "ft": {"train_on": "downstream", "per": "direction", "init": "mrasp"},
            "ft2": {"train_on": "downstream", "per": "direction", "init": "ft"},
        },
        "tables": {"main": {"runs": ["mrasp", "direct"]}},
    },
    "s.yaml",
)


def test_a_row_makes_one_model_or_one_a_direction():
    names = list(Plan(STUDY).models.all)
    assert names[:5] == ["mrasp", "direct/en-gl", "direct/gl-en", "direct/en-es", "direct/es-en"]


def test_substituted_shards_are_those_with_the_substituted_language_as_source():
    (task,) = Plan(STUDY).runs.config("mrasp").tasks
    assert [s.removeprefix("results/s/shards/") for s in task.shards] == [
        "original/en-es",
        "original/es-en",
        "original/en-pt",
        "original/pt-en",
        "substituted/en-es",
        "substituted/en-pt",
    ]


def test_a_run_starts_from_the_model_of_another_or_of_the_same_direction():
    assert Plan(STUDY).runs.config("direct/en-gl").init is None
    assert Plan(STUDY).runs.config("ft/en-gl").init == "results/s/runs/mrasp/model"
    assert Plan(STUDY).runs.config("ft2/en-gl").init == "results/s/runs/ft/en-gl/model"


def test_settings_of_a_run_differ_from_the_studys():
    assert Plan(STUDY).runs.config("direct/en-gl").training.dropout == 0.3
    assert Plan(STUDY).runs.config("ft/en-gl").training.dropout == 0.1


def test_vocabularies_are_learned_on_one_group_and_extended_for_the_other():
    assert Plan(STUDY).runs.config("mrasp").vocabulary == "results/s/subwords/vocabulary.tsv"
    assert Plan(STUDY).runs.config("ft/en-gl").vocabulary == "results/s/subwords/vocabulary.downstream.tsv"
    assert Plan(STUDY).subwords.vocabulary_of("en-gl") == "results/s/subwords/vocabulary.downstream.tsv"
    assert Plan(STUDY).subwords.vocabulary_of("en-es") == "results/s/subwords/vocabulary.tsv"


def test_dictionaries_go_from_the_substituted_language_to_each_other():
    assert Plan(STUDY).dictionaries.of_group("pretrain") == ["en-es", "en-pt"]


def substituting(groups=None, shards=("substituted",), **substitution):
    pairs = groups or {"pretrain": ["en-es", "en-pt", "es-pt"], "other": ["de-en"]}
    runs = {name: {"train_on": name, "shards": list(shards)} for name in pairs}
    study = {"study": "s", "corpora": ["gettext:p/1"], "pairs": pairs, "runs": runs, "substitution": substitution}
    return parse_study(study, "s.yaml")


def test_a_direction_draws_on_the_dictionaries_of_its_group():
    study = substituting()
    assert (
        Plan(study).dictionaries.of_direction("en-es")
        == Plan(study).dictionaries.of_direction("es-pt")
        == ["en-es", "en-pt"]
    )
    assert Plan(study).dictionaries.of_direction("en-de") == ["en-de"]
    assert Plan(study).dictionaries.all == ["en-es", "en-pt", "en-de"]
    assert Plan(substituting(shards=["original"])).dictionaries.all == []
    assert Plan(substituting(shards=["original", "codeswitched"])).dictionaries.all == [
        "en-es",
        "en-pt",
        "en-de",
    ]


@pytest.mark.parametrize(
    ("sides", "sides_of"),
    [
        ("source", {"en-es": "en", "es-en": None, "es-pt": None}),
        ("any", {"en-es": "en", "es-en": "en", "es-pt": None}),
        ("every_source", {"en-es": "en", "es-en": "es", "es-pt": "es", "pt-es": "pt"}),
    ],
)
def test_which_side_of_a_direction_is_substituted(sides, sides_of):
    study = substituting(sides=sides)
    assert {d: Plan(study).dictionaries.substituted_language(d) for d in sides_of} == sides_of
    shards = Plan(study).runs.config("pretrain").tasks[0].shards
    assert ("results/s/shards/substituted/es-en" in shards) == (sides_of["es-en"] is not None)
    assert ("results/s/shards/substituted/es-pt" in shards) == (sides_of["es-pt"] is not None)


@pytest.mark.parametrize(
    ("sides", "directions"),
    [("source", ["en-es"]), ("any", ["en-es"]), ("every_source", ["en-es", "es-en", "es-pt", "pt-es"])],
)
def test_sources_are_restored_and_targets_are_not(sides, directions):
    study = substituting({"pretrain": ["en-es", "es-pt"]}, shards=["codeswitched"], sides=sides)
    folders = [f"results/s/shards/codeswitched/{direction}" for direction in directions]
    assert Plan(study).runs.config("pretrain").tasks[0].shards == folders


def test_only_dictionaries_of_allowed_languages_are_made_unless_a_graph_goes_through_others():
    assert Plan(substituting({"pretrain": ["en-es", "en-pt"]}, languages=["pt"])).dictionaries.all == ["en-pt"]
    graph = substituting({"pretrain": ["en-es", "en-pt"]}, languages=["pt", "en"], graph={})
    assert Plan(graph).dictionaries.all == ["en-es", "en-pt"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"languages": ["es", "de", "fr"]}, "substitution.languages: fr has no pair with en, so no dictionary; take"),
        ({"languages": ["en", "es"]}, "substitution.languages: en has no pair with en"),
        ({"languages": ["es"]}, "substitution: no dictionary of en is allowed and in the group of en-de"),
    ],
)
def test_languages_without_a_dictionary_are_refused(settings, message):
    with pytest.raises(UserError, match=f"^{message}"):
        checks.check_substitution(Plan(substituting(**settings)))


def test_a_table_takes_the_directions_its_systems_train_on():
    rows = Plan(STUDY).tables.scores("main")
    assert ("mrasp", "test", "en-pt") in rows and ("direct/en-gl", "test", "en-gl") in rows
    assert not any(name == "mrasp" and "gl" in direction for name, _, direction in rows)


def test_a_row_with_several_seeds_makes_a_model_of_each():
    rows = {**STUDY.runs, "mrasp": STUDY.runs["mrasp"].model_copy(update={"seeds": [7, 8]})}
    rows["ft"] = STUDY.runs["ft"].model_copy(update={"seeds": [3, 4]})
    study = STUDY.model_copy(update={"runs": rows})
    names = [name for name in Plan(study).models.all if not name.startswith("direct") and "es" not in name]
    assert names[:6] == ["mrasp", "mrasp/seed8", "ft/en-gl", "ft/en-gl/seed4", "ft/gl-en", "ft/gl-en/seed4"]
    assert [Plan(study).runs.config(name).seed for name in (*names[:4], "direct/en-gl")] == [7, 8, 3, 4, 1]
    assert Plan(study).runs.config("ft/en-gl/seed4").init == "results/s/runs/mrasp/model"
    assert Plan(study).runs.config("ft2/en-gl").init == "results/s/runs/ft/en-gl/model"
    assert Plan(study).runs.config("mrasp/seed8").tasks == Plan(STUDY).runs.config("mrasp").tasks
    assert [row for row in Plan(study).tables.scores("main") if row[2] == "en-pt"] == [
        ("mrasp", "test", "en-pt"), ("mrasp/seed8", "test", "en-pt")
    ]  # fmt: skip


def test_a_seed_starts_from_the_same_seed_or_from_the_first():
    seeds = {"mrasp": [7, 8], "ft": [8, 9], "ft2": [9, 7]}
    rows = {name: row.model_copy(update={"seeds": seeds.get(name)}) for name, row in STUDY.runs.items()}
    config = Plan(STUDY.model_copy(update={"runs": rows})).runs.config
    assert config("ft/en-gl").init == "results/s/runs/mrasp/seed8/model"  # seed 8, the first of ft
    assert config("ft/en-gl/seed9").init == "results/s/runs/mrasp/model"
    assert config("ft2/en-gl").init == "results/s/runs/ft/en-gl/seed9/model"
    assert config("ft2/en-gl/seed7").init == "results/s/runs/ft/en-gl/model"


def comparing(**changed):
    tables = {"main": {"runs": ["direct", "ft", "mrasp"], "baseline": "direct", "metrics": ["chrf"], **changed}}
    tables["other"] = {"runs": ["direct", "ft"], "baseline": "direct"}
    settings = {name: row.model_dump(exclude_defaults=True) for name, row in STUDY.runs.items()}
    settings["ft"]["seeds"] = changed.pop("seeds", None)
    shared = {"study": "s", "corpora": ["gettext:p/1"], "pairs": STUDY.pairs}
    tables["main"].pop("seeds", None)
    return parse_study({**shared, "runs": settings, "tables": tables}, "s.yaml")


def test_differences_to_a_baseline_are_tested_where_both_have_the_direction():
    folder = "results/s/comparisons/direct"
    files = Plan(comparing(directions=["en-gl", "en-es", "en-pt"])).tables.comparison_files("main")
    names = ["ft/en-gl/test.en-gl", "ft/en-es/test.en-es", "mrasp/test.en-es"]
    assert files == [f"{folder}/{name}.bootstrap.json" for name in names]
    assert Plan(comparing()).tables.compared_metrics("direct", "bootstrap") == ["chrf", "sacrebleu"]
    other = comparing(significance="randomisation", directions=["en-gl"])
    assert Plan(other).tables.comparison_files("main") == [f"{folder}/ft/en-gl/test.en-gl.randomisation.json"]
    assert Plan(other).tables.compared_metrics("direct", "randomisation") == ["chrf"]
    for untested in ({"significance": "none"}, {"baseline": None}):
        assert Plan(comparing(**untested)).tables.comparison_files("main") == []


def test_each_seed_is_compared_with_the_same_seed_of_the_baseline_or_with_its_first():
    plan = Plan(comparing(directions=["en-gl"], seeds=[1, 2]))
    folder = "results/s/comparisons/direct/ft/en-gl"
    assert plan.tables.comparison_files("main") == [
        f"{folder}/test.en-gl.bootstrap.json", f"{folder}/seed2/test.en-gl.bootstrap.json",
    ]  # fmt: skip
    assert plan.tables.partners("main") == {"ft": [0, 0], "mrasp": [0]}
    rows = {**STUDY.runs, "ft": STUDY.runs["ft"].model_copy(update={"seeds": [5, 3, 4]})}
    rows["direct"] = STUDY.runs["direct"].model_copy(update={"seeds": [3, 5]})
    tables = {"main": STUDY.score_tables["main"].model_copy(update={"runs": ["direct", "ft"], "baseline": "direct"})}
    plan = Plan(STUDY.model_copy(update={"runs": rows, "tables": tables}))
    assert plan.tables.partners("main") == {"ft": [1, 0, 0]}
    models = ["ft/en-gl", "ft/en-gl/seed3", "ft/en-gl/seed4"]
    compared = [plan.tables.baseline_of("direct", model, "en-gl") for model in models]
    assert compared == ["direct/en-gl/seed5", "direct/en-gl", "direct/en-gl"]


def test_columns_of_a_table_have_the_order_that_it_gives():
    rows = Plan(comparing(directions=["gl-en", "es-en"])).tables.scores("other")
    assert {row[2] for row in rows} > {"en-gl"}
    rows = Plan(comparing(directions=["gl-en", "es-en"])).tables.scores("main")
    assert [row[2] for row in rows] == ["gl-en", "es-en", "gl-en", "es-en", "es-en"]


def test_a_pair_of_the_learning_group_extends_no_other_vocabulary():
    assert Plan(STUDY).subwords.extending_pairs("downstream") == ["en-gl"]


def test_a_pair_in_two_groups_with_vocabularies_of_their_own_is_refused():
    pairs = {"pretrain": ["en-es"], "one": ["en-gl"], "two": ["en-gl"]}
    study = STUDY.model_copy(update={"pairs": pairs})
    with pytest.raises(UserError, match="en-gl is in one and two"):
        Plan(study).subwords.vocabulary_of("en-gl")


def test_a_direction_without_anything_to_substitute_needs_other_shards():
    row = STUDY.runs["direct"].model_copy(update={"shards": ["substituted"]})
    study = STUDY.model_copy(update={"runs": {"r": row}})
    with pytest.raises(UserError, match="runs.r.shards: r/gl-en has no en source"):
        Plan(study).runs.config("r/gl-en")


def test_an_unknown_run_is_refused_with_the_nearest():
    with pytest.raises(UserError, match="did you mean 'ft/en-gl'"):
        Plan(STUDY).runs.config("ft/en-gal")


def developing(pairs):
    """A study whose dev and test sets have no Hindi."""
    sets = {"dev": "flores200:lohelp/7.4@dev", "test": "flores200:lohelp/7.4@devtest"}
    study = {"study": "s", "corpora": ["gettext:p/1"], "pairs": {"all": pairs}, "runs": {"one": {"train_on": "all"}}}
    return parse_study({**study, "testsets": sets, "tables": {"main": {"runs": ["one"]}}}, "s.yaml")


def test_directions_that_a_test_set_lacks_are_trained_on_but_not_tested():
    study = developing(["en-hi", "de-en"])
    config = Plan(study).runs.config("one")
    assert len(config.tasks[0].shards) == 4
    assert config.dev == ["results/s/shards/dev/de-en", "results/s/shards/dev/en-de"]
    assert Plan(study).tables.scores("main") == [("one", "test", "de-en"), ("one", "test", "en-de")]


def test_a_model_that_the_dev_set_knows_nothing_of_is_refused():
    with pytest.raises(UserError, match="dev_set: dev has no direction of one; name another"):
        Plan(developing(["en-hi"])).runs.config("one")
