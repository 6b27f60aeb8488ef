"""Two studies in one folder share fetched files: what one does changes nothing for the other."""

import hashlib
import json

import pytest

from tests.workflow.toy_study import STUDY, prepare, scheduled, snakemake


@pytest.mark.slow
def test_a_file_that_another_study_fetches_again_makes_nothing_again(tmp_path):
    folder = prepare(tmp_path / "shared")
    (folder / "mirror").mkdir()
    lines = zip((folder / "es.en").read_text().splitlines(), (folder / "es.es").read_text().splitlines(), strict=True)
    table = "".join("\t".join(line) + "\n" for line in lines)
    (folder / "mirror" / "en-es.tsv").write_text(table)
    item = {
        "id": "url:web/1/en-es", "address": "https://example.org/en-es.tsv", "format": "tsv",
        "columns": {"first": 0, "second": 1}, "sha256": hashlib.sha256(table.encode()).hexdigest(),
    }  # fmt: skip
    study = {**STUDY, "corpora": [item, *STUDY["corpora"][1:]], "mirrors": {"https://example.org/": "mirror/"}}
    snakemake(prepare(folder, study), "text")
    (manifest,) = folder.glob("resources/url/**/*.json")
    before = manifest.read_bytes()
    assert json.loads(before)["url"].endswith("/mirror/en-es.tsv")
    prepare(folder, {**study, "study": "other"})
    snakemake(folder, "--force", str(manifest.relative_to(folder)))
    assert manifest.read_bytes() == before and scheduled(folder, "text", study=study) == set()
    prepare(folder, study)
    said = snakemake(folder, "--forcerun", "fetch", "--", "text")  # as after an edit of the rule
    assert "fetch url:web/1" in said and "rule clean:" not in said and manifest.read_bytes() == before
