"""Addresses of a study, and the names of local files that are made from them."""

import re

import pytest

from model.command import UserError
from tests.model.text.test_languages import FLORES
from workflow_scripts.corpora.catalogue import show
from workflow_scripts.directions import codes
from workflow_scripts.drops import Drops
from workflow_scripts.sources import SOURCES
from workflow_scripts.sources.datasets import Item, catalogue
from workflow_scripts.sources.source import file_name

NAMES = [
    "a.tsv", "A.tsv", "a b.tsv", "a%20b.tsv", "a%2520b.tsv", "a+b.tsv", "$(touch PWNED)x.tsv", "`touch PWNED`", "a;b",
    "a&b", "a|b", "a>b", "a'b", 'a"b', "a\\b", "a\nb", "a\tb", "a{b}", "{a}", "{{a}}", "a*b", "a[b]", "~", "~root",
    "!a", "-a", "--a", ".a", "..", ".", "a.", "ä", "a\u0308", "文", "🙂", "a\u202eb", "(a)", "a=b", "a:b", "a,b", "a@b",
    "x" * 400, "x" * 399 + "y", "y" + "x" * 399, "文" * 100, "文" * 99 + "字", "x" * 150, "x" * 151,
]  # fmt: skip


def test_names_of_files_have_safe_letters_alone_and_distinct_names_stay_distinct():
    made = [file_name(f"https://x.org/a/{name}") for name in NAMES]
    for name in made:
        assert re.fullmatch(r"[A-Za-z0-9_+@%-][A-Za-z0-9_.+@%-]*", name) and len(name) <= 150
    assert len(set(made)) == len(made)
    for kept in ("a.tsv", "en-gl.txt.gz", "Django-5.2.whl", "a_b+c@d.xz"):
        assert file_name(f"https://x.org/{kept}") == kept == file_name(kept)


@pytest.mark.parametrize("source", ["opus", "nllb_primary", "url"])
@pytest.mark.parametrize("name", NAMES)
def test_a_local_path_lies_in_the_folder_of_its_dataset(source, name):
    told = {"id": f"{source}:x/1/en-gl", "address": f"https://x.org/{name.replace('{', '(').replace('}', ')')}"}
    item = Item.model_validate({**told, "sha256": "ab" * 32})
    (resource,) = SOURCES[source].resources(item, item.dataset.languages)
    folder = f"resources/{source}/x/" + ("ab" * 8 if source == "url" else "1/[0-9a-f]{8}")
    assert re.fullmatch(folder + r"/[A-Za-z0-9_.+@%-]+", resource.path)
    assert not resource.path.endswith(("/..", "/."))


@pytest.mark.parametrize(
    "query", ["pair={first}-{second}", "from={first}&to={second}", "{first}{second}", "x=1&l={first}-{second}#a"]
)
def test_a_query_that_names_languages_is_part_of_the_name(query):
    item = Item.model_validate({"id": "opus:Mine/v1", "address": f"https://x.org/get.php?{query}"})
    paths = {SOURCES["opus"].resources(item, codes(pair))[0].path for pair in ("en-ca", "en-da", "ca-da")}
    assert len(paths) == 3


def test_two_addresses_have_two_paths_and_the_catalogue_keeps_its_own():
    def path(**said):
        return SOURCES["opus"].resources(Item(**said), codes("en-gl"))[0].path

    addresses = [
        f"https://{address}" for address in ("x.org/get?pair=a", "x.org/get?pair=b", "x.org/a/get", "y.org/get")
    ]
    paths = {path(id="opus:Mine/v1/en-gl", address=address) for address in addresses}
    assert len(paths) == 4 and all(p.startswith("resources/opus/Mine/v1/") and p.endswith("/get") for p in paths)
    assert path(id="opus:GNOME/v1/en-gl") == "resources/opus/GNOME/v1/en-gl.txt.zip"


@pytest.mark.parametrize(
    "inner",
    [
        "first.__class__",
        "",
        "0",
        "first.x",
        "first!r",
        "first:>9999999",
        "first[0]",
        "__import__('os')",
        " first",
        "fist",
    ],
)
@pytest.mark.parametrize("key", ["address", "mirrors", "members"])
def test_only_names_of_placeholders_stand_in_braces(key, inner):
    template = f"https://x.org/{{{inner}}}.zip"
    told = {"address": "https://x.org/a.zip", key: template if key == "address" else [template] * 2}
    item = Item.model_validate({"id": "opus:Mine/v1/en-gl", **told})
    message = rf"^opus:Mine/v1/en-gl: {key} .*unknown ['\"]\{{.*\}}['\"]; (did you mean|known are)"
    with pytest.raises(UserError, match=message):
        SOURCES["opus"].places(item, codes("en-gl"))


def test_a_brace_alone_is_a_letter_of_the_address():
    item = Item.model_validate({"id": "opus:Mine/v1/en-gl", "address": "https://x.org/a}b{c.zip"})
    (resource,) = SOURCES["opus"].resources(item, codes("en-gl"))
    assert resource.addresses == ("https://x.org/a}b{c.zip",) and resource.path.endswith("/a%7Db%7Bc.zip")


@pytest.mark.parametrize("language", [code for code in FLORES if code != "eng_Latn"])
def test_own_files_of_every_language_of_flores_200_need_no_native_name(language, tmp_path):
    (tmp_path / "a.en").write_text("One.\n")
    (tmp_path / "a.xx").write_text("Two.\n")
    own = Item(id="file:mine/1", files={"en": str(tmp_path / "a.en"), language: str(tmp_path / "a.xx")})
    for item in (
        own,
        Item(id=f"url:mine/1/en-{language}", address="https://x.org/mine.tsv", sha256="a" * 64, format="tsv"),
        Item(id=f"opus:Mine/1/en-{language}", address="https://x.org/mine.tsv", format="tsv"),
    ):
        assert SOURCES[item.dataset.source].places(item, (language, "eng_Latn"))
    (batch,) = SOURCES["file"].read(own, (language, "eng_Latn"), Drops())
    assert batch.to_pylist() == [{"first": "Two.", "second": "One."}]


def test_pashto_of_opus_has_its_address():
    assert "en-ps.txt.zip" in show("opus:TED2020/v1/en-ps")


@pytest.mark.parametrize(
    ("dataset", "address"),
    [
        ("nllb_mined:nllb/1/en-ha", "nllb/eng_Latn-hau_Latn.gz"),
        ("nllb_mined:nllb/1/en-sq", "nllb/eng_Latn-als_Latn.gz"),
        ("nllb_mined:nllb/1/om-ha", "nllb/hau_Latn-gaz_Latn.gz"),
        ("nllb_mined:nllb/1/fr-wo", "nllb/fra_Latn-wol_Latn.gz"),
        ("nllb_mined:nllb/1/en-diq", "nllb/diq_Latn-eng_Latn.gz"),
        ("wmt:cc-100/1/ha@mono", "cc-100/ha.txt.xz"),
        ("wmt:cc-100/1/kmr@mono", "cc-100/ku.txt.xz"),
        ("wmt:cc-100/1/nb@mono", "cc-100/no.txt.xz"),
        ("wmt:cc-100/1/hi_Latn@mono", "cc-100/hi_rom.txt.xz"),
    ],
)
def test_mined_text_of_all_languages_can_be_named(dataset, address):
    item = Item(id=dataset)
    assert SOURCES[item.dataset.source].resources(item, item.dataset.languages)[0].addresses[0].endswith(f"/{address}")


def test_the_catalogue_has_all_pairs_that_its_evidence_counts():
    datasets = catalogue("nllb_mined")["nllb/1"].datasets
    assert len(datasets) == 1611 and sum("en" in key.split("-") for key in datasets) == 147
    assert len(catalogue("wmt")["cc-100/1@mono"].datasets) == 115
