import pytest

from workflow_scripts.plan import subwords as subwords_
from workflow_scripts.study.read import parse_study

MONOLINGUAL = [{"id": f"file:{code}/1/{code}", "files": {code: f"{code}.txt"}} for code in ("es", "gl", "fr")]
COUNTS = "results/s/subwords/counts"


def study(seed=1, **subwords):
    return parse_study(
        {
            "study": "s",
            "seed": seed,
            "corpora": ["gettext:p/1"],
            "monolingual": MONOLINGUAL,
            "pairs": {"pretrain": ["en-es", "en-pt"], "downstream": ["en-gl", "en-es"]},
            "subwords": subwords,
            "runs": {"mrasp": {"train_on": "pretrain"}},
        },
        "s.yaml",
    )


@pytest.fixture
def released(tmp_path):
    for name in ("codes", "vocab", "tokenizer.json"):
        (tmp_path / name).write_text('{"kind": "sentencepiece", "segmenters": {"default": "spaces"}}')
    return {"codes": str(tmp_path / "codes"), "vocabulary": str(tmp_path / "vocab")}


def test_subwords_are_learned_from_all_texts_of_a_group():
    assert subwords_.subword_sources(study()) == [f"{COUNTS}/pretrain/{pair}.parquet" for pair in ("en-es", "en-pt")]
    assert subwords_.learned_subwords(study()) == "results/s/subwords/codes"
    assert subwords_.learned_subwords(study(kind="sentencepiece")) == "results/s/subwords/sentencepiece.model"


def test_monolingual_text_joins_in_languages_of_the_group():
    assert subwords_.counted_texts(study(monolingual=1000), "pretrain") == ["en-es", "en-pt", "es"]
    assert subwords_.counted_texts(study(monolingual=1000), "downstream") == ["en-gl"]


def test_pairs_that_are_not_learned_on_extend_a_vocabulary():
    assert subwords_.word_counts(study(), "downstream") == [f"{COUNTS}/downstream/en-gl.parquet"]
    assert subwords_.word_counts(study(kind="sentencepiece"), "downstream") == []


def test_released_subwords_are_made_of_their_files(released):
    assert subwords_.subword_sources(study(**released)) == list(released.values())
    assert not subwords_.is_learned(study(**released), "pretrain")
    assert subwords_.counted_texts(study(**released), "pretrain") == []
    assert subwords_.vocabulary_of_group(study(**released), "pretrain") == "results/s/subwords/vocabulary.tsv"


def test_subwords_of_a_model_are_of_its_kind(tmp_path, released):
    taken = study(**{"from": str(tmp_path)})
    names = ("sentencepiece.model", "tokenizer.json", "vocabulary.tsv")
    assert subwords_.subword_sources(taken) == [f"{tmp_path}/{name}" for name in names]
    assert subwords_.learned_subwords(taken) == "results/s/subwords/sentencepiece.model"
    assert taken.segmenters == {"default": "spaces"}


def test_counts_are_made_again_for_another_seed_or_temperature_only_where_lines_are_over_sampled():
    def counting(group, **changes):
        return subwords_.counting_settings(study(**changes), group)

    for changes in ({"seed": 2}, {"temperature": 5}, {"monolingual": 9}):
        assert counting("pretrain", **changes) != counting("pretrain")
        assert counting("downstream", **changes) == counting("downstream")
    assert counting("pretrain", merges=7) == counting("pretrain")


BPE = {"merges": 7, "min_count": 9, "max_size": 99}
SENTENCEPIECE = {"size": 7, "algorithm": "bpe", "character_coverage": 0.99, "normalisation": "identity"}


@pytest.mark.parametrize(
    ("kind", "heeded", "unheeded"), [("bpe", BPE, SENTENCEPIECE), ("sentencepiece", SENTENCEPIECE, BPE)]
)
def test_subwords_are_learned_again_only_for_settings_of_their_kind(kind, heeded, unheeded):
    learning = subwords_.learning_settings(study(kind=kind))
    for key, value in heeded.items():
        assert subwords_.learning_settings(study(kind=kind, **{key: value})) != learning, key
    for key, value in {**unheeded, "extend_min_count": 9}.items():
        assert subwords_.learning_settings(study(kind=kind, **{key: value})) == learning, key


def test_subwords_from_elsewhere_heed_no_setting_of_learning(tmp_path, released):
    for taken in (released, {"from": str(tmp_path)}):
        learning = subwords_.learning_settings(study(**taken))
        assert learning != subwords_.learning_settings(study())
        for key, value in (BPE | SENTENCEPIECE).items():
            assert subwords_.learning_settings(study(**taken, **{key: value})) == learning, key
