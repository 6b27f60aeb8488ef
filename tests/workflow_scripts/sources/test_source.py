"""Addresses of a study, and the names of local files that are made from them."""

import re

import pytest

from model.command import UserError
from workflow_scripts.directions import codes
from workflow_scripts.sources import SOURCES
from workflow_scripts.sources.datasets import Item
from workflow_scripts.sources.needs import needs_of
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
    folder = f"resources/{source}/x/" + ("ab" * 8 if source == "url" else "1")
    assert re.fullmatch(re.escape(folder) + r"/[A-Za-z0-9_.+@%-]+", resource.path)
    assert not resource.path.endswith(("/..", "/."))


@pytest.mark.parametrize(
    "query", ["pair={first}-{second}", "from={first}&to={second}", "{first}{second}", "x=1&l={first}-{second}#a"]
)
def test_a_query_that_names_languages_is_part_of_the_name(query):
    item = Item.model_validate({"id": "opus:Mine/v1", "address": f"https://x.org/get.php?{query}"})
    paths = {SOURCES["opus"].resources(item, codes(pair))[0].path for pair in ("en-ca", "en-da", "ca-da")}
    assert len(paths) == 3


def test_two_addresses_are_never_one_file():
    one, two = (
        Item.model_validate({"id": "opus:Mine/v1/en-gl", "address": f"https://x.org/{folder}/a.zip"})
        for folder in ("a", "b")
    )
    with pytest.raises(
        UserError, match=r"https://x.org/b/a.zip and https://x.org/a/a.zip would both be resources/opus"
    ):
        needs_of([(one, codes("en-gl")), (two, codes("en-gl"))])
    assert len(needs_of([(one, codes("en-gl")), (one, codes("en-gl"))])) == 1


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
    with pytest.raises(UserError, match=r"opus:Mine/v1/en-gl: .*unknown ['\"]\{.*\}['\"]; (did you mean|known are)"):
        SOURCES["opus"].places(item, codes("en-gl"))


def test_a_brace_alone_is_a_letter_of_the_address():
    item = Item.model_validate({"id": "opus:Mine/v1/en-gl", "address": "https://x.org/a}b{c.zip"})
    (resource,) = SOURCES["opus"].resources(item, codes("en-gl"))
    assert resource.addresses == ("https://x.org/a}b{c.zip",) and resource.path.endswith("/a%7Db%7Bc.zip")
