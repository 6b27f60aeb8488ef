"""What a card says that hangs on the study; the workflow's tests have whole cards."""

import re

import pytest

from model.records import write_json
from model.text.lines import write_lines
from tests.workflow_scripts.planned import plan_of
from workflow_scripts.plan.result_settings import model_card
from workflow_scripts.report.model_card import card


@pytest.fixture
def shown(tmp_path, monkeypatch):
    """The card of a model of a study with some settings of its run, and other keys."""
    monkeypatch.chdir(tmp_path)
    for code in ("en", "gl"):
        write_lines(f"m.{code}", ["a"])
    write_json("results/s/text/en-gl.report.json", {"corpora": {"file:mine/1": {"lines_out": 7}}})
    about = {"best_update": 3, "dev_loss": 2.5}
    write_json("results/s/runs/r/model/config.json", {"model": {"max_positions": 64}, "about": about})
    write_lines("results/s/runs/r/model/vocabulary.tsv", ["a\t1"])

    def made(run=None, **settings):
        study = {
            "study": "s",
            "corpora": [{"id": "file:mine/1", "files": {"en": "m.en", "gl": "m.gl"}}],
            "pairs": {"all": ["en-gl"]},
            "runs": {"r": {"train_on": "all", **(run or {})}},
        }
        return card(model_card(plan_of({**study, **settings}), "r"), tmp_path / "results/s")

    return made


def test_p_and_q_of_intra_distillation_are_said_where_they_count(shown):
    (constant,) = re.findall(r"^\| intra-distillation \| (.*) \|", shown({"intra_distillation": {"passes": 2}}), re.M)
    assert constant.startswith("alpha 5.0, passes 2, schedule constant, encoder repeated True")
    adaptive = shown({"intra_distillation": {"passes": 2, "schedule": "adaptive", "p": 4}})
    assert "alpha 5.0, passes 2, schedule adaptive, p 4.0, q 10.0, encoder repeated True" in adaptive
    assert "intra-distillation" not in shown()


def test_how_to_run_it_names_what_would_search_otherwise(shown):
    usual = shown()
    assert "with `--engine torch` it searches as the study does." in usual and "this `--search`" not in usual
    drawn = shown(search={"sampling": True})  # which CTranslate2 is not asked to do
    assert "--engine" not in drawn and "The study searches with this `--search`." in drawn


def test_a_run_with_a_search_of_its_own_is_run_with_it(shown):
    (command,) = re.findall(
        "^python -m model.translate.*", shown({"search": {"length_penalty": 1.4}}, search={"beam": 3}), re.M
    )
    assert """ --search '{"beam": 3, "length_penalty": 1.4}' <""" in command
    assert "with `--engine torch` it searches" in shown({"search": {"sampling": False}}, search={"sampling": True})


def test_a_label_stands_beside_the_name_of_the_folder(shown):
    begin = "# r\n\nA Transformer for machine translation"
    assert f"{begin}, called Mine & co in the study's tables and figures. It" in shown({"label": "Mine & co"})
    assert r"called \<b\>\|\`x\` &amp; in the" in shown({"label": "<b>|`x`\n&amp;"}).replace(r"\&", "&")
    assert f"{begin}. It translates en-gl, gl-en." in shown()
