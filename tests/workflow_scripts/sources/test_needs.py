"""Files that datasets need."""

import pytest

from model.command import UserError
from workflow_scripts.sources.datasets import Item
from workflow_scripts.sources.needs import needs_of

PAIR = ("eng_Latn", "cat_Latn")


def test_two_datasets_of_one_script_are_two_files():
    address = "https://x.org/get.php?pair={first}-{second}"
    items = [Item(id=f"opus:Mine/v1/en-{code}", address=address) for code in ("ca", "da")]
    assert len(needs_of([(items[0], PAIR), (items[1], ("eng_Latn", "dan_Latn"))])) == 2


def test_one_file_for_two_addresses_is_refused(monkeypatch):
    monkeypatch.setattr("workflow_scripts.sources.source.Source.path", lambda *of: "resources/text.tgz")
    items = [Item(id=f"opus:{name}/v1/en-ca", address=f"https://x.org/{name}/text.tgz") for name in "AB"]
    with pytest.raises(UserError, match="B/v1/en-ca and opus:A/v1/en-ca: https.* would both be resources/text.tgz"):
        needs_of([(item, PAIR) for item in items])
