from pathlib import Path

from model.records import write_json
from tests.workflow_scripts.planned import settings_file
from workflow_scripts.corpora import credits
from workflow_scripts.corpora.credits import bibliography
from workflow_scripts.sources import NAMES
from workflow_scripts.sources.datasets import catalogue

HELP = "opus:LibreOfficeHelp/v7.4"
STUDY = {
    "study": "s",
    "corpora": [HELP, {"id": "file:mine/1", "files": {"en": "m.en", "gl": "m.gl"}, "licence": "CC0-1.0"}],
    "pairs": {"all": ["en-gl"]},
    "runs": {"r": {"train_on": "all"}},
    "testsets": {"dev": {"source": "held_out", "segments": 5}},
}


def test_what_is_to_be_cited_is_known():
    cited = {r.citation for source in NAMES for r in catalogue(source).values() if r.citation}
    assert cited and cited <= set(bibliography())


def test_the_page_names_datasets_licences_and_what_to_cite(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in ("m.en", "m.gl"):
        Path(path).touch()
    settings = settings_file(STUDY, "credits", folder=tmp_path)
    manifest = {"bytes": 1234567, "sha256": "ab" * 32, "licence": "another, when it was fetched"}
    write_json("resources/opus/LibreOfficeHelp/v7.4/en-gl.txt.zip.json", manifest)
    report = {"lines_in": 1500, "lines_out": 1400, "dropped": {"words": 90, "in_a_test_or_dev_set": 10}}
    write_json("text/en-gl.report.json", report)
    monkeypatch.setattr("sys.argv", ["credits", "--settings", str(settings), "text", "CORPORA.md"])
    credits.main()
    page = Path("CORPORA.md").read_text(encoding="utf-8")
    assert page.startswith("# The text of the study s\n\n1 files were fetched, 1.23MB in all.")
    assert "| en-gl  | 1,500 | 1,400 |      90 |" in page
    assert f"| {HELP} en-gl" in page and "| MPL-2.0" in page and "another" not in page
    assert "The user's own text: file:mine/1 (CC0-1.0)." in page
    assert bibliography()["libreoffice-help"] in page
