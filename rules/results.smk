# Scores → scores.tsv, tables, figures, the report and the models' cards.


rule collect_scores:
    input:
        plan_tables.score_files(STUDY, DEFAULT_SCORES),
    output:
        f"results/{STUDY.study}/scores.tsv",
    log:
        f"results/{STUDY.study}/logs/collect_scores.log",
    conda:
        "../environment.yaml"
    params:
        study=f"results/{STUDY.study}/study.json",
        testsets=f"results/{STUDY.study}/testsets",
        settings=plan_default_target.collected_scores(STUDY),
    # The study says which files these are, so that the command stays short, however many they are.
    shell:
        "python -m workflow_scripts.evaluation.collect_scores --study {params.study} --testsets {params.testsets} {output}"
        " > {log} 2>&1"


rule tabulate:
    input:
        lambda w: table_scores(w.table),
        lambda w: plan_tables.comparison_files(STUDY, w.table),
        lambda w: testset_files(*STUDY.tables[w.table].test_sets),
    output:
        expand("results/{{study}}/tables/{{table}}.{ending}", ending=TABLE_ENDINGS[:-1]),
        report("results/{study}/tables/{table}.html", category="Tables", labels={"table": "{table}"}),
    log:
        "results/{study}/logs/tabulate/{table}.log",
    wildcard_constraints:
        table=tables_of_kind("scores"),
    conda:
        "../environment.yaml"
    params:
        study="results/{study}/study.json",
        prefix=subpath(output[0], strip_suffix=".tsv"),
        testsets="results/{study}/testsets",
        settings=lambda w: (
            FULL_STUDY["tables"][w.table],
            {n: r.label for n, r in STUDY.runs.items()},
            settings("significance"),
        ),
    shell:
        "python -m workflow_scripts.tables.tabulate --study {params.study} --table {wildcards.table}"
        " --testsets {params.testsets} {params.prefix} > {log} 2>&1"


rule tabulate_samples:
    input:
        translations=lambda w: [translation_file(*row) for row in plan_tables.sampled_models(STUDY, w.table)],
        testsets=lambda w: testset_files(STUDY.tables[w.table].test_set),
    output:
        expand("results/{{study}}/tables/{{table}}.{ending}", ending=TABLE_ENDINGS[:-1]),
        report("results/{study}/tables/{table}.html", category="Tables", labels={"table": "{table}"}),
    log:
        "results/{study}/logs/tabulate_samples/{table}.log",
    wildcard_constraints:
        table=tables_of_kind("samples"),
    conda:
        "../environment.yaml"
    params:
        study="results/{study}/study.json",
        folder="results/{study}",
        prefix=subpath(output[0], strip_suffix=".tsv"),
        settings=lambda w: (FULL_STUDY["tables"][w.table], {n: r.label for n, r in STUDY.runs.items()}),
    shell:
        "python -m workflow_scripts.tables.tabulate_samples --study {params.study} --table {wildcards.table}"
        " {params.folder} {params.prefix} > {log} 2>&1"


rule tabulate_corpora:
    input:
        lambda w: report_files(plan_training_data.sized_texts(STUDY, STUDY.tables[w.table].runs)),
    output:
        expand("results/{{study}}/tables/{{table}}.{ending}", ending=TABLE_ENDINGS[:-1]),
        report("results/{study}/tables/{table}.html", category="Tables", labels={"table": "{table}"}),
    log:
        "results/{study}/logs/tabulate_corpora/{table}.log",
    wildcard_constraints:
        table=tables_of_kind("corpora"),
    conda:
        "../environment.yaml"
    params:
        prefix=subpath(output[0], strip_suffix=".tsv"),
    shell:
        "python -m workflow_scripts.tables.tabulate_corpora {params.prefix} {input} > {log} 2>&1"


rule collect_metrics:
    input:
        lambda w: expand(
            "results/{study}/runs/{run}/metrics.jsonl", study=w.study, run=plan_figures.figure_models(STUDY, w.figure)
        ),
    output:
        "results/{study}/figures/{figure}.tsv",
    log:
        "results/{study}/logs/collect_metrics/{figure}.log",
    wildcard_constraints:
        figure=figures_of("learning_curves"),
    conda:
        "../environment.yaml"
    params:
        root="results/{study}/runs",
        models=lambda w: plan_figures.figure_models(STUDY, w.figure),
    shell:
        "python -m workflow_scripts.figures.learning_curves {output} --root {params.root} {params.models} > {log} 2>&1"


rule score_curves:
    input:
        lambda w: plan_tables.score_files(STUDY, plan_figures.scored_models(STUDY, w.figure)),
    output:
        "results/{study}/figures/{figure}.tsv",
    log:
        "results/{study}/logs/score_curves/{figure}.log",
    wildcard_constraints:
        figure=figures_of("scores"),
    conda:
        "../environment.yaml"
    params:
        study="results/{study}/study.json",
        settings=lambda w: FULL_STUDY["figures"][w.figure],
    shell:
        "python -m workflow_scripts.figures.scores --study {params.study} --figure {wildcards.figure} {output}"
        " > {log} 2>&1"


rule group_gains:
    input:
        lambda w: f"results/{w.study}/tables/{STUDY.figures[w.figure].table}.tsv",
    output:
        "results/{study}/figures/{figure}.tsv",
    log:
        "results/{study}/logs/group_gains/{figure}.log",
    wildcard_constraints:
        figure=figures_of("gains"),
    conda:
        "../environment.yaml"
    params:
        study="results/{study}/study.json",
        settings=lambda w: FULL_STUDY["figures"][w.figure],
    shell:
        "python -m workflow_scripts.figures.gains {output} --study {params.study} --figure {wildcards.figure} {input}"
        " > {log} 2>&1"


rule text_sizes:
    input:
        lambda w: report_files(plan_training_data.sized_texts(STUDY, STUDY.figures[w.figure].runs)),
    output:
        "results/{study}/figures/{figure}.tsv",
    log:
        "results/{study}/logs/text_sizes/{figure}.log",
    wildcard_constraints:
        figure=figures_of("sizes"),
    conda:
        "../environment.yaml"
    shell:
        "python -m workflow_scripts.figures.sizes {output} {input} > {log} 2>&1"


rule plot:
    input:
        "results/{study}/figures/{figure}.tsv",
    output:
        report("results/{study}/figures/{figure}.svg", category="Figures", labels={"figure": "{figure}"}),
        "results/{study}/figures/{figure}.png",
    log:
        "results/{study}/logs/plot/{figure}.log",
    conda:
        "../environment.yaml"
    params:
        study="results/{study}/study.json",
        kind=lambda w: STUDY.figures[w.figure].kind,
        prefix=subpath(output[0], strip_suffix=".svg"),
        settings=lambda w: plan_models.labels(STUDY, STUDY.figures[w.figure].runs),
    shell:
        "python -m workflow_scripts.figures.plot --study {params.study} {params.kind} {input} {params.prefix} > {log} 2>&1"


rule model_card:
    input:
        lambda w: [f"{path}.json" for path in plan_training_data.files_of(plan_training_data.uses(STUDY, w.run), NEEDS)],
        lambda w: [
            f"results/{w.study}/text/{use.name}.report.json"
            for use in plan_training_data.uses(STUDY, w.run)
            if use.kind == "text"
        ],
        lambda w: plan_tables.score_files(STUDY, [score for score in DEFAULT_SCORES if score[0] == w.run]),
        "results/{study}/runs/{run}/model",
    output:
        "results/{study}/runs/{run}/CARD.md",
    log:
        "results/{study}/logs/model_card/{run}.log",
    conda:
        "../environment.yaml"
    params:
        study="results/{study}/study.json",
        folder=lambda w: f"results/{w.study}",
        settings=lambda w: json.dumps(plan_cards.facts(STUDY, w.run)),
    shell:
        "python -m workflow_scripts.report.model_card --study {params.study} --run {wildcards.run}"
        " {params.folder} {output} > {log} 2>&1"


# It also reads the benchmarks that there are, and coverage.tsv where only the target `shards` makes it.
rule report:
    input:
        [table_files(name) for name in plan_default_target.default_tables(STUDY)],
        [f"results/{STUDY.study}/figures/{name}.svg" for name in plan_default_target.default_figures(STUDY)],
        report_files(plan_texts.texts(STUDY)),
        [f"{path}.json" for path in NEEDS],
        testset_files(),
        [translation_file(*row) for row in DEFAULT_SCORES],
        coverage_by_default(),
        expand(
            "results/{study}/runs/{run}/{file}",
            study=STUDY.study,
            run=DEFAULT_MODELS,
            file=["run.json", "model", "metrics.jsonl"],
        ),
    output:
        f"results/{STUDY.study}/report.html",
    log:
        f"results/{STUDY.study}/logs/report.log",
    conda:
        "../environment.yaml"
    params:
        study=f"results/{STUDY.study}/study.json",
        folder=subpath(output[0], parent=True),
        settings=lambda w: json.dumps(FULL_STUDY),
    shell:
        "python -m workflow_scripts.report.report --study {params.study} {params.folder} {output} > {log} 2>&1"
