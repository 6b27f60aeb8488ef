from tests import ROOT
from workflow_scripts.jobs.write_commands import commands, page, rules, summary

RULES = """
use rule score as score_pruned with:
    log:
        "score_pruned.log",

rule score:
    shell:
        "python -m model.machine.lease 1 -- python -m workflow_scripts.evaluation.score {output}"
        " > {log}"

if scattered:

    use rule score as score_part with:
        input:
            "python",

rule all:
    input:
        "scores.tsv",
"""


def test_the_page_in_docs_is_current():
    """`python -m workflow_scripts.jobs.write_commands docs/commands.md` makes it so."""
    assert (ROOT / "docs" / "commands.md").read_text(encoding="utf-8") == page()


def test_a_rule_runs_its_commands_and_those_of_the_rule_it_uses():
    of_score = ["score_pruned", "score", "score_part"]
    assert rules(RULES) == {"model.machine.lease": of_score, "workflow_scripts.evaluation.score": of_score}


def test_a_summary_is_the_first_sentence_without_the_command():
    assert summary("Fetch a file: `python -m a.fetch FILE`.\n\nMore.") == "Fetch a file."
    assert summary("Draw a\nfigure (Xu et al. 2023).\n\nMore.") == "Draw a figure (Xu et al. 2023)."


def test_every_command_says_what_it_does():
    for folder in ("workflow_scripts", "model", "bench"):
        assert commands(folder) and all(len(what) > 2 for what in commands(folder).values())
