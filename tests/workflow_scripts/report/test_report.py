import re
from html.parser import HTMLParser

import pytest
import yaml

from model.config.model import ModelConfig
from model.config.run import IntraDistillation, RunConfig, Task
from model.config.training import TrainingConfig
from model.records import write_json
from model.text.lines import write_lines
from workflow_scripts.jobs.benchmarks import Cost
from workflow_scripts.report.report import described, inlined, page, shared_with_dev, versions
from workflow_scripts.study.read import parse_study, to_json

HOSTILE = '<script>alert("a")</script><img src="https://example.org/a.png">'
SVG = """<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" width="907pt" viewBox="0 0 907 10"><metadata>by whom</metadata>
<defs><path id="glyph" d="M 0 0"/><clipPath id="box"/></defs><g id="figure_1" clip-path="url(#box)">
<use xlink:href="#glyph"/></g></svg>"""


CLEANED = {
    "lines_in": 1000,
    "lines_out": 125,
    "dropped": {"over_the_limit": 800, "empty": 75},
    "warnings": [f"c: {HOSTILE}"],
}

CROSSED = {
    "model": "direct/en-gl", "seeds": "2", "updates": "400.0", "dev_loss": "2.5", "change": "-0.0125",
    "baseline": "direct/en-gl", "dev_loss_from": "", "dev_bleu_from": "271.4",
}  # fmt: skip


VARIED = {"train_on": "downstream", "label": HOSTILE, "shards": ["substituted"], "substitution": "p15"}


def shown(directions=2, rows=3):
    """All that a report can show, little of each; `directions` columns of scores of `rows` systems."""
    study = {
        "study": "s",
        "corpora": ["gettext:p/1"],
        "pairs": {"downstream": ["en-gl"]},
        "substitutions": {"p15": {"top_words": 50}},
        "runs": {"direct": VARIED},
        "tables": {
            "main": {"runs": ["direct"], "baseline": "direct"},
            "cases": {"kind": "samples", "runs": ["direct"], "directions": ["en-gl"]},
        },
    }
    made = parse_study(study, "s.yaml")
    heads = "".join(f"<th>en→x{n}</th>" for n in range(directions))
    scores = [("9.5", "–", "31.7 (+17.2*)", "12.0 (-0.3)", "1,204.5")[n % 5] for n in range(rows)]
    cells = "".join(
        f"<tr><td>sacreBLEU</td><td>test</td><td>run{n}</td>{f'<td>{score}</td>' * directions}</tr>"
        for n, score in enumerate(scores)
    )
    first = f"<thead><tr><th>metric</th><th>test set</th><th>system</th>{heads}</tr></thead>"
    sample = {"source": HOSTILE, "reference": "a b", "hypotheses": {"direct": "c d"}}
    run = {"init": None, "learns": ["translation"], "sizes": {"width": 16}, "training": {"updates": 40}}
    return {
        "study": to_json(made),
        "tables": {"main": f'<table border="0" class="dataframe">{first}<tbody>{cells}</tbody></table>'},
        "others": {"cases": "<table><tr><td>en→gl</td></tr></table>"},
        "figures": {name: inlined(SVG, name) for name in ("first", "second")},
        "crossings": {"first": [CROSSED]},
        "samples": {"test: en-gl": [sample] * 2},
        "corpora": {"p": {"url": HOSTILE, "bytes": 1234, "licence": "MIT", "sha256": "a" * 64}},
        "cleaning": {
            "en-gl": CLEANED,
            "en-es": {"lines_in": 0, "lines_out": 0, "dropped": {}},
        },
        "reasons": ["over_the_limit", "empty"],
        "coverage": {name: [{"language": "es", "known": "0.5", "difference": ""}] for name in ("", "p15")},
        "testsets": {"test": {"en": 1400, "gl": 400}},
        "shared": {},
        "labels": {"direct": HOSTILE},
        "runs": {"direct/en-gl": {**run, "best_update": 40, "dev_loss": 2.34567}},
        "costs": {"train": Cost(3, 2.5, 5, 1.25, 1.5), "clean": Cost(1, 0.5, 0.25, 0, 2)},
        "settings": yaml.safe_dump(to_json(made)),
        "versions": {"Python": "3.11.2"},
    }


class Loaded(HTMLParser):
    """What a page would load: the values of all attributes that name something outside of it."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        naming = {"src", "srcset", "href", "xlink:href", "data", "action", "poster"}
        self.found += [value for key, value in attributes if key in naming and not value.startswith("#")]


def test_warnings_of_cleaning_stand_below_its_table():
    lines = page(shown()).split("</table>")
    assert [line.count('<p class="warning">en-gl: c: ') for line in lines if "warning" in line] == [0, 1]


def test_what_users_wrote_is_text_and_nothing_is_loaded_from_elsewhere():
    made, loaded = page(shown()), Loaded()
    loaded.feed(made)
    assert loaded.found == [] and not re.search(r"@import|url\((?!#)", made)
    assert made.count("<script>") == 1 and "default-src 'none'" in made
    assert (
        made.count("&lt;script&gt;") == 10
    )  # 2 samples, their heading, an origin, a warning, the baseline, a model, study, a curve and its baseline


def test_every_name_in_a_page_with_several_figures_is_there_once_and_is_found():
    made = page(shown())
    names = re.findall(r'\sid="([^"]+)"', made)
    assert len(names) == len(set(names)) and {"first-glyph", "second-glyph", "first-box"} <= set(names)
    assert set(re.findall(r'(?:href="|url\()#([^")]+)', made)) <= set(names)
    assert "figure_1" not in made and "by whom" not in made
    assert made.count('<svg role="img" aria-label="first"') == 1


def test_sections_without_content_are_left_out_of_page_and_navigation():
    made = page(shown() | {"others": {}, "figures": {}, "samples": {}, "coverage": {}, "costs": {}})
    sections = re.findall(r'<h2 id="(\w+)">', made)
    assert sections == ["scores", "corpora", "cleaning", "testsets", "models", "study", "versions"]
    assert re.findall(r'<li><a href="#(\w+)">', made) == sections


def test_tables_of_other_kinds_have_a_section_of_their_own():
    made = page(shown())
    assert re.findall(r'<h2 id="(\w+)">', made)[:2] == ["scores", "tables"]
    _, scores, others = re.split(r'<h2 id="(?:scores|tables)">', made.split('<h2 id="figures">')[0])
    assert "In parentheses" in scores and "en→gl" not in scores
    assert '<div class="wide samples" role="region"' in others and "<td>en→gl</td>" in others


@pytest.mark.parametrize(
    "cells",
    [
        ["en-gl", "1,000", "125", "12.5%", "800", "75"],
        ["en-es", "0", "0", "0.0%", "0", "0"],
        ["train", "3", "2.500", "5.000", "1.250", "1.50"],
        ["all", "4", "3.000", "5.250", "1.250", "2.00"],
        ["es", "0.5", "–"],
        ["Direct (direct/en-gl)", "nothing", "translation", "width 16", "updates 40", "40", "2.346"],
    ],
)
def test_rows_have_shares_and_sums(cells):
    rows = re.findall(r"<tr>(.*?)</tr>", page(shown() | {"labels": {"direct": "Direct"}}), re.S)
    assert cells in [re.findall(r"<td[^>]*>(.*?)</td>", row, re.S) for row in rows]


def test_a_model_says_what_it_learns_by_and_how_many_passes_agree(tmp_path):
    tasks = [Task(objective=objective, shards=["s"]) for objective in ("translation", "cd")]
    config = RunConfig(
        run="r", seed=1, subwords="", vocabulary="", tasks=tasks, dev=["d"], model=ModelConfig(),
        training=TrainingConfig(), intra_distillation=IntraDistillation(passes=3, alpha=2),
    )  # fmt: skip
    write_json(tmp_path / "run.json", config.model_dump(mode="json"))
    write_json(tmp_path / "model/config.json", {"model": ModelConfig().model_dump(), "about": {"dev_loss": 2.5}})
    assert described(tmp_path)["learns"] == ["translation", "cd", "intra-distillation (3 passes, alpha 2)"]
    write_json(tmp_path / "run.json", config.model_copy(update={"intra_distillation": None}).model_dump(mode="json"))
    assert described(tmp_path)["learns"] == ["translation", "cd"]


def test_versions_are_of_python_and_of_what_the_project_depends_on():
    found = versions()
    assert {"Python", "torch", "snakemake", "sacrebleu", "pydantic"} <= set(found)
    assert all(re.match(r"\d+\.", version) for version in found.values())


def test_each_variant_of_substitution_has_a_table_of_coverage():
    made = page(shown())
    assert [made.count(f"first {n} entries of a dictionary are used") for n in ("1,000", "50")] == [1, 1]
    assert made.count("<code>p15</code>: the first 50") == 1 and made.count("<td>es</td>") == 2


def test_segments_that_dev_shares_with_a_test_set_are_counted_with_a_warning(tmp_path, capsys):
    sets = {
        "dev": (["One.", "Two."], ["Un.", ""]),
        "test": (["two!", "Three"], ["x", "y"]),
        "other": (["Un"], ["z"]),
        "free": (["q"], [""]),
    }
    for name, lines in sets.items():
        for code, some in zip(("en", "gl"), lines, strict=True):
            write_lines(tmp_path / name / f"{code}.txt", some)
    assert shared_with_dev(tmp_path, "dev", sets) == {"test": 1, "other": 1}
    assert capsys.readouterr().err.splitlines() == [
        f"warning: testsets.dev: 1 segments stand in {name} too, and dev chooses the weights; take other segments"
        for name in ("test", "other")
    ]
    assert "1 segments of the dev set" in " ".join(page(shown() | {"shared": {"test": 1}}).split())


def test_crossings_stand_below_their_figure_and_those_that_never_come_are_a_dash():
    made = page(shown())
    (table,) = re.findall(r'aria-label="Learning curves, first".*?</table>', made, re.S)
    cells = re.findall(r"<td[^>]*>(.*?)</td>", table)
    assert cells[1:] == ["2", "400", "2.500", "-0.0125", "–", "271"] and cells[0].endswith(" en-gl")
    alone = page({**shown(), "crossings": {"first": [{**CROSSED, "baseline": ""}]}})
    assert "Better in dev loss from" in made and "Better in dev loss from" not in alone
