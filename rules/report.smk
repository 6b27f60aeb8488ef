# Models, tables and figures → model cards and the report of the study.


rule model_card:
    input:
        lambda w: FILES.of_training_data(w.run),
        lambda w: PLAN.tables.score_files(PLAN.targets.scores_of(w.run)),
        "results/{study}/runs/{run}/model",
    output:
        "results/{study}/runs/{run}/CARD.md",
    log:
        "results/{study}/logs/model_card/{run}.log",
    wildcard_constraints:
        run=one_of(TRAINED),
    conda:
        "../environment.yaml"
    params:
        folder=PLAN.folder,
        settings=lambda w: SETTINGS.path("model_card", w.run),
    shell:
        "python -m workflow_scripts.report.model_card --settings {params.settings:q} {params.folder:q} {output:q}"
        " > {log:q} 2>&1"


# The report also has the benchmarks that exist. They are no inputs.
rule report:
    input:
        [FILES.table(name) for name in PLAN.targets.tables],
        [FILES.figure(name) for name in PLAN.targets.figures],
        FILES.crossings(PLAN.targets.figures),
        FILES.reports(PLAN.texts.names),
        FILES.manifests(),
        FILES.testsets(),
        [FILES.translation(*row) for row in PLAN.targets.scores],
        [PLAN.variants[name].coverage for name in PLAN.targets.coverage],
        expand(
            "results/{study}/runs/{run}/{file}",
            study=STUDY.study,
            run=PLAN.targets.models,
            file=["run.json", "model", "metrics.jsonl"],
        ),
    output:
        f"results/{STUDY.study}/report.html",
    log:
        f"results/{STUDY.study}/logs/report.log",
    conda:
        "../environment.yaml"
    params:
        folder=subpath(output[0], parent=True),
        settings=lambda w: SETTINGS.path("report"),
    shell:
        "python -m workflow_scripts.report.report --settings {params.settings:q} {params.folder:q} {output:q}"
        " > {log:q} 2>&1"
