"""Ids of datasets, and what catalogue and study say of one together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.command import UserError
from workflow_scripts.sources import NAMES
from workflow_scripts.sources.datasets import DatasetId, Item, catalogue, record_of


def test_an_id_is_taken_apart_and_put_together_again():
    dataset = DatasetId.parse("opus:OpenSubtitles/v2018/en-af")
    assert dataset == DatasetId("opus", "OpenSubtitles", "v2018", ("eng_Latn", "afr_Latn"))
    assert str(dataset) == "opus:OpenSubtitles/v2018/eng_Latn-afr_Latn" and DatasetId.parse(str(dataset)) == dataset
    assert DatasetId.parse("opus:QED/v2.0a/be-en@dic").key == "QED/v2.0a@dic"
    assert DatasetId.parse("freedict:debian/2022.04.21-1/en-de").version == "2022.04.21-1"
    assert DatasetId.parse("gettext:Django/5.2").languages == ()
    assert DatasetId.parse("opus:A/v1/en-pt-BR").languages == ("eng_Latn", "por_Latn_BR")
    assert DatasetId.parse("opus:A/v1/ger-zh-Hant").languages == ("deu_Latn", "zho_Hant")


@pytest.mark.parametrize(
    "text",
    [
        "", "opus", "opus:OpenSubtitles", "OpenSubtitles/v2018/en-af", "opus:../v1/en-af", "opus:a/../en-af",
        "opus:a/v1/en-af/x", "opus:/v1/en-af", "opus:a/v1/en-af@", "opus:a b/v1", "opus:.a/v1", "opus:a/v1/en-af\n",
    ],
)  # fmt: skip
def test_another_form_is_refused(text):
    with pytest.raises(UserError, match="is no dataset id; write"):
        DatasetId.parse(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("opus:a/v1/en-zh", "opus:a/v1/en-zh: language 'zh' is ambiguous: say zh_Hans"),
        ("opus:a/v1/en-xx", "unknown language 'xx'"),
        ("opus:a/v1/en-eng", "both sides are en"),
    ],
)
def test_languages_of_an_id_are_checked(text, message):
    with pytest.raises(UserError, match=message):
        DatasetId.parse(text)


@given(st.text(alphabet="abZ09:/@-_+. ~\\\n\0é", max_size=40))
def test_an_id_is_safe_as_a_path_and_as_a_wildcard_or_refused(text):
    try:
        path = DatasetId.parse(text).path
    except UserError:
        return
    assert not path.startswith("/") and not set(path.split("/")) & {"..", ".", ""}
    assert not set(path) & set(":{}*?\\ \n\0~")


def test_records_say_where_and_what(tmp_path):
    record = record_of(DatasetId.parse("opus:OpenSubtitles/v2018/en-af"))
    found = record.find(("eng_Latn", "afr_Latn"))
    assert found and found[0] == ("afr_Latn", "eng_Latn") and found[1].lines == 44703
    assert record.find(("eng_Latn", "kmb_Latn")) is None


def test_an_unknown_dataset_is_refused_with_the_nearest():
    with pytest.raises(UserError, match="unknown dataset muse:dictionary/1.*nearest are muse:dictionaries/1"):
        record_of(DatasetId.parse("muse:dictionary/1/en-de"))


def test_a_corpus_of_opus_that_is_not_listed_follows_the_pattern():
    assert record_of(DatasetId.parse("opus:GNOME/v1/en-gl")).address == catalogue("opus")["*"].address


def test_an_item_of_a_study_goes_before_the_catalogue_and_keeps_to_what_it_says():
    item = Item(id="opus:OpenSubtitles/v2018/en-af", licence="CC0-1.0")
    assert item.record.licence == "CC0-1.0" and item.record.citation == "lison-2018"
    assert item.model_dump(mode="json") == {"id": "opus:OpenSubtitles/v2018/en-af", "licence": "CC0-1.0"}
    assert Item.model_validate(item.model_dump(mode="json")) == item


@pytest.mark.parametrize("source", NAMES)
def test_every_record_of_the_catalogue_is_whole(source):
    for key, record in catalogue(source).items():
        if key != "*":
            DatasetId.parse(f"{source}:{key}")
        assert record.licence and record.evidence, key
        assert record.status == "ok" or record.status, key
        for codes in record.datasets:
            assert record.find(DatasetId.parse(f"{source}:x/1/{codes}").languages), (key, codes)
