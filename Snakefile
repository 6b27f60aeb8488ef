# The workflow: read the study, include the rules, name the targets.
#
#   snakemake --cores all                         the demo study of config.yaml
#   snakemake --cores all --configfile mine.yaml  another study
#   snakemake table1 --cores all …                a table or figure, by its name in the study
#
# rules/                what they make in results/{study}/
#   common, start       the study and its plan; the lock, study.json, settings/, the lines at the end of a run
#   corpora             cleaned/, testsets/, text/, CORPORA.md; downloads in resources/
#   dictionaries        dictionaries/
#   subwords            subwords/: counts of words, subwords, a vocabulary for each group of pairs
#   shards              shards/: subword ids of the text
#   substitution        shards/ with substituted words; dictionaries/coverage.tsv
#   backtranslation     backtranslation/, and its shards/
#   training            runs/: run.json, checkpoints/, model/, metrics.jsonl
#   external            runs/{run}/model, translations/: of systems that are not trained here
#   evaluation          translations/, tuning/, scores/, comparisons/, scores.tsv
#   analysis            sensitivity/, pruning/, and tables of them in figures/
#   tables, figures     tables/, figures/
#   report              report.html, runs/{run}/CARD.md

from snakemake.utils import min_version

min_version("9.27")


# The number of jobs that make the shards of a direction: `--set-scatter parts=8` for eight.
scattergather:
    parts=1,


include: "rules/common.smk"
include: "rules/start.smk"


rule all:
    input:
        f"{PLAN.folder}/scores.tsv",
        [FILES.table(name) for name in PLAN.targets.tables],
        f"{PLAN.folder}/report.html",
        [f"{PLAN.folder}/runs/{run}/CARD.md" for run in PLAN.targets.models],
        f"{PLAN.folder}/CORPORA.md",


rule text:
    input:
        FILES.texts(PLAN.texts.names),
        f"{PLAN.folder}/CORPORA.md",


rule shards:
    input:
        PLAN.shards.of_text,
        leaks_of(PLAN.shards.of_text),
        PLAN.shards.all_dev,
        [made.coverage for name, made in PLAN.variants.items() if PLAN.shards.substituted(name)],


# These take seconds, so they are not sent to a cluster.
localrules:
    credits,
    run_config,
    collect_scores,
    tabulate,
    tabulate_samples,
    tabulate_corpora,
    tabulate_claims,
    collect_metrics,
    score_curves,
    text_sizes,
    plot,
    model_card,
    report,


include: "rules/corpora.smk"
include: "rules/dictionaries.smk"
include: "rules/subwords.smk"
include: "rules/shards.smk"
include: "rules/substitution.smk"
include: "rules/backtranslation.smk"
include: "rules/training.smk"
include: "rules/external.smk"
include: "rules/evaluation.smk"
include: "rules/analysis.smk"
include: "rules/tables.smk"
include: "rules/figures.smk"
include: "rules/report.smk"


TARGETS = targets()


rule all_tables:
    input:
        [TARGETS[name] for name in STUDY.tables],


rule all_figures:
    input:
        [TARGETS[name] for name in STUDY.figures],


for target in TARGETS:

    rule:
        name:
            target
        input:
            TARGETS[target],


# A change of the code that a step runs makes its results again.
for step in workflow.rules if workflow.is_main_process else ():
    step.set_params(**code_of(step.shellcmd))
