import json

import pandas as pd

from workflow_scripts.figures.sizes import draw, sizes


def test_a_row_a_report(tmp_path):
    for text, counts in (("en-gl", (30, 20)), ("gl", (9, 8))):
        report = dict(zip(("lines_in", "lines_out"), counts, strict=True))
        (tmp_path / f"{text}.report.json").write_text(json.dumps(report))
    found = sizes(sorted(tmp_path.iterdir()))
    assert found.to_numpy().tolist() == [["en-gl", 30, 20], ["gl", 9, 8]]


def test_pairs_and_languages_stand_apart_from_much_to_little():
    data = pd.DataFrame({"text": ["en-gl", "en-pt", "gl"], "segments": [10, 300, 40]})
    pairs, languages = draw(data).axes
    assert [label.get_text() for label in pairs.get_xticklabels()] == ["en-pt", "en-gl"]
    assert [bar.get_height() for bar in pairs.patches] == [300, 10] and pairs.get_yscale() == "log"
    assert [bar.get_height() for bar in languages.patches] == [40] and languages.get_title() == "one language"


def test_a_study_without_text_of_one_language_has_one_panel():
    assert len(draw(pd.DataFrame({"text": ["en-gl"], "segments": [10]})).axes) == 1
