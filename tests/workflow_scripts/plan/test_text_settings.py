"""What jobs are told: what reading a dataset depends on, and which changes of a study change which records."""

import copy

import pytest

from tests.workflow_scripts.planned import plan_of
from workflow_scripts.directions import codes
from workflow_scripts.plan.text_settings import RULES, as_read
from workflow_scripts.sources import SOURCES
from workflow_scripts.sources.datasets import Item

SHA = "ab" * 32
NOT_READ = {"mirrors": [], "licence": "MIT", "limits": ["share-alike"], "bytes": 5}
ITEMS = [
    ({"id": "url:p/1/en-gl", "address": "https://a.org/p.tsv.xz", "sha256": SHA, "format": "tsv"}, "en-gl", "p.tsv.xz"),
    ({"id": "url:p/1/en-gl", "address": "p.tsv.xz", "sha256": SHA, "format": "tsv"}, "en-gl", "p.tsv.xz"),
    ({"id": "url:p/1/en-gl", "address": "https://a.org/b/c/p.tsv?v=1/2", "sha256": SHA}, "en-gl", "p.tsv"),
    ({"id": "url:p/1", "address": "https://a.org/{code}/{code}.txt?raw", "sha256": SHA}, "en", "{code}/{code}.txt"),
    (
        {"id": "opus:X/v1/en-gl", "address": "https://a.org/{version}/{first}-{second}.zip"},
        "en-gl",
        "https://a.org/{version}/{first}-{second}.zip",
    ),
    ({"id": "nllb_primary:t/1", "address": "https://a.org/{code}/text.gz"}, "en-gl", "https://a.org/{code}/text.gz"),
    (
        {"id": "nllb_primary:t/1", "address": "https://a.org/get/?code={code}"},
        "en-gl",
        "https://a.org/get/?code={code}",
    ),
    ({"id": "opus:OpenSubtitles/v2018/en-gl", "sha256": SHA}, "en-gl", None),
    ({"id": "sacrebleu:wmt14/full/en-de"}, "de-en", None),
    ({"id": "gettext:p/1"}, "en-gl", None),
    ({"id": "file:m/1", "files": {"en": "a/m.en", "gl": "b/m.gl"}}, "en-gl", None),
    ({"id": "file:m/1/en-gl", "address": "my/$odd folder?/m.tsv", "format": "tsv"}, "en-gl", "my/$odd folder?/m.tsv"),
]


@pytest.mark.parametrize(("said", "text", "address"), ITEMS)
def test_a_dataset_is_read_from_the_same_places_in_the_same_way(said, text, address):
    item = Item.model_validate({**NOT_READ, **said})
    read = as_read(item)
    source, languages = SOURCES[item.dataset.source], codes(text)
    assert read.address == address and not read.model_fields_set & NOT_READ.keys()
    assert ("sha256" in read.model_fields_set) == (item.dataset.source == "url")
    assert source.places(read, languages) == source.places(item, languages)
    assert source.has(read, languages) == source.has(item, languages)
    for key in ("format", "members", "columns", "separator", "header", "native"):
        assert getattr(read.record, key) == getattr(item.record, key)
    assert as_read(read) == read


def test_where_a_dataset_comes_from_changes_nothing_of_it():
    one = Item(id="opus:X/v1/en-gl", address="https://a.org/{first}-{second}.zip", mirrors=["https://b.org/x.zip"])
    assert as_read(one) == as_read(Item(id="opus:X/v1/en-gl", address="https://a.org/{first}-{second}.zip"))


HELP = "opus:LibreOfficeHelp/v7.4"
STUDY = {
    "study": "s",
    "corpora": [HELP],
    "monolingual": [f"{HELP}/gl@mono"],
    "pairs": {"pretrain": ["en-gl", "en-pt"], "down": ["en-eu"]},
    "testsets": {"test": {"source": "held_out", "segments": 9}, "dev": "flores200:lohelp/7.4@dev"},
    "dictionaries": {"sources": ["muse:dictionaries/1", "induced"]},
    "backtranslation": {"run": "pre"},
    "runs": {
        "pre": {"train_on": "pretrain", "shards": ["original", "substituted"]},
        "ft": {"train_on": "pretrain", "init": "pre", "shards": ["original", "backtranslated"]},
        "down": {"train_on": "down", "init": "pre"},
    },
}
RESOURCE = "opus/LibreOfficeHelp/v7.4/en-gl.txt.zip"
JOBS = [
    ("fetch", RESOURCE), ("clean", "en-gl"), ("clean", "gl"), ("read_testset", "dev"), ("hold_out",), ("credits",),
    ("decontaminate", "en-gl"),
    ("dictionary", "en-pt"), ("induce_dictionary",), ("count_words", "pretrain"), ("count_words", "down"),
    ("learn_subwords",), ("extend_vocabulary", "down"), ("encode",), ("encode_backtranslated",),
    ("substitute", "en-gl"), ("coverage",), ("draw_segments",),
]  # fmt: skip


def told(study):
    plan = plan_of(study)
    return {job: RULES[job[0]](plan, *job[1:]).model_dump(mode="json", by_alias=True) for job in JOBS}


def changed(key, value):
    """STUDY with another value of a key such as `subwords.size`."""
    study = copy.deepcopy(STUDY)
    *parents, last = key.split(".")
    inner = study
    for parent in parents:
        inner = inner.setdefault(parent, {})
    inner[last] = value
    return study


SEEDED = [
    ("hold_out",), ("count_words", "pretrain"), ("encode",), ("encode_backtranslated",), ("substitute", "en-gl"),
    ("draw_segments",),
]  # fmt: skip
SEGMENTED = [
    ("dictionary", "en-pt"), ("induce_dictionary",), ("count_words", "pretrain"), ("count_words", "down"),
    ("learn_subwords",),
]  # fmt: skip
NAMED = {"id": HELP, "licence": "MIT", "mirrors": ["https://b.org/{first}-{second}.txt.zip"]}
CHANGES = [
    ("study", "t", [("credits",), ("coverage",)]),
    ("seed", 2, SEEDED),
    ("mirror", "/data", [("fetch", RESOURCE)]),
    ("corpora", [NAMED], [("fetch", RESOURCE), ("credits",)]),
    ("corpora", [HELP, "opus:GNOME/v1/en-gl"], [("clean", "en-gl"), ("credits",)]),
    ("filters", {"urls": {}}, [("clean", "en-gl"), ("clean", "gl")]),
    ("limits", {"en-gl": 10}, [("decontaminate", "en-gl")]),
    ("decontamination.ngrams", 8, [("decontaminate", "en-gl")]),
    ("testsets.test.segments", 8, [("hold_out",)]),
    (
        "pairs.down",
        ["en-eu", "en-fr"],
        [("read_testset", "dev"), ("hold_out",), ("credits",), ("extend_vocabulary", "down")],
    ),
    ("segmenters", {"gl": "spaces"}, SEGMENTED),
    ("subwords.merges", 100, [("learn_subwords",)]),
    ("subwords.size", 100, []),
    ("subwords.extend_min_count", 9, [("extend_vocabulary", "down")]),
    ("subwords.temperature", 5, [("count_words", "pretrain")]),
    ("subwords.monolingual", 5, [("count_words", "pretrain"), ("learn_subwords",)]),
    ("dictionaries.values", 2, [("dictionary", "en-pt")]),
    ("dictionaries.candidates", 2, [("induce_dictionary",)]),
    ("substitution.copies", 2, [("substitute", "en-gl")]),
    ("substitution.top_words", 9, [("dictionary", "en-pt"), ("induce_dictionary",), ("substitute", "en-gl")]),
    ("backtranslation.segments", 10, [("encode_backtranslated",), ("draw_segments",)]),
    ("backtranslation.search", {"beam": 2}, [("encode_backtranslated",)]),
    ("backtranslation.search", {"batch_tokens": 99, "nbest": 2, "seed": 3}, []),
    ("backtranslation.tagged", True, [("encode_backtranslated",)]),
    ("runs.down.label", "Fine-tuned", []),
    ("search.beam", 2, []),
    ("metrics", ["chrf"], []),
]


@pytest.mark.parametrize(("key", "value", "jobs"), CHANGES)
def test_a_key_of_the_study_reaches_the_jobs_that_heed_it_and_no_others(key, value, jobs):
    before, after = told(STUDY), told(changed(key, value))
    assert [job for job in JOBS if before[job] != after[job]] == sorted(jobs, key=JOBS.index)


def test_every_rule_is_among_the_jobs():
    assert {job[0] for job in JOBS} == RULES.keys()


def test_sentencepiece_heeds_other_keys():
    def learned(**subwords):
        return RULES["learn_subwords"](plan_of({**STUDY, "subwords": {"kind": "sentencepiece", **subwords}}))

    assert learned() == learned(merges=9, min_count=9, max_size=9) != learned(size=100)
    assert learned().subwords.method.model_dump() == {
        "kind": "sentencepiece",
        "size": None,
        "algorithm": "unigram",
        "character_coverage": 0.9995,
        "normalisation": "identity",
    }


def test_sentencepiece_of_another_model_is_fitted_to_all_text_of_the_study(tmp_path):
    (tmp_path / "tokenizer.json").write_text('{"kind": "sentencepiece", "segmenters": {"default": "spaces"}}')

    def planned(**subwords):
        return plan_of({**STUDY, "subwords": {"from": str(tmp_path), **subwords}})

    told, plan = RULES["learn_subwords"](planned(trim=True, new_pieces=9)).subwords, planned()
    assert told.texts == ["pretrain/en-gl", "pretrain/en-pt", "pretrain/gl", "down/en-eu"]
    assert told.languages == ["en", "eu", "gl", "pt"] and told.trim and (told.new_pieces, told.min_count) == (9, 2)
    usual = RULES["learn_subwords"](plan).subwords
    assert not usual.trim and usual.new_pieces == 0
    counts = [f"results/s/subwords/counts/{text}.parquet" for text in told.texts]
    assert plan.subwords.sources[3:] == counts and plan.subwords.extending_pairs("down") == []


def test_a_direction_of_which_no_side_is_substituted_has_none():
    plan = plan_of(STUDY)
    assert RULES["substitute"](plan, "en-gl").side == "en" and RULES["substitute"](plan, "gl-en").side is None
    assert RULES["substitute"](plan, "en-gl").dictionaries == ["en-gl", "en-pt"]
