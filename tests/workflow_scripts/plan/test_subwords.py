import pytest

from workflow_scripts.plan.plan import Plan
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
    assert Plan(study()).subwords.sources == [f"{COUNTS}/pretrain/{pair}.parquet" for pair in ("en-es", "en-pt")]
    assert Plan(study()).subwords.learned_file == "results/s/subwords/codes"
    assert Plan(study(kind="sentencepiece")).subwords.learned_file == "results/s/subwords/sentencepiece.model"


def test_monolingual_text_joins_in_languages_of_the_group():
    assert Plan(study(monolingual=1000)).subwords.counted_texts("pretrain") == ["en-es", "en-pt", "es"]
    assert Plan(study(monolingual=1000)).subwords.counted_texts("downstream") == ["en-gl"]


def test_pairs_that_are_not_learned_on_extend_a_vocabulary():
    assert Plan(study()).subwords.word_counts("downstream") == [f"{COUNTS}/downstream/en-gl.parquet"]
    assert Plan(study(kind="sentencepiece")).subwords.word_counts("downstream") == []


def test_released_subwords_are_made_of_their_files(released):
    assert Plan(study(**released)).subwords.sources == list(released.values())
    assert not Plan(study(**released)).subwords.is_learned("pretrain")
    assert Plan(study(**released)).subwords.counted_texts("pretrain") == []
    assert Plan(study(**released)).subwords.vocabulary_of_group("pretrain") == "results/s/subwords/vocabulary.tsv"


def test_subwords_of_a_model_are_of_its_kind(tmp_path, released):
    taken = study(**{"from": str(tmp_path)})
    names = ("sentencepiece.model", "tokenizer.json", "vocabulary.tsv")
    texts = ("pretrain/en-es", "pretrain/en-pt", "pretrain/es", "downstream/en-gl", "downstream/gl")
    assert Plan(taken).subwords.sources == [
        *(f"{tmp_path}/{name}" for name in names),
        *(f"{COUNTS}/{text}.parquet" for text in texts),
    ], "they are fitted to all texts of the study, each counted once"
    assert Plan(taken).subwords.learned_file == "results/s/subwords/sentencepiece.model"
    assert taken.segmenters == {"default": "spaces"}
