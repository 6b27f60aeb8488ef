# Models, scores and reports on text → tables of figures → figures.


rule collect_metrics:
    input:
        lambda w: [f"results/{w.study}/runs/{run}/metrics.jsonl" for run in PLAN.figures.models(w.figure)],
    output:
        "results/{study}/figures/{figure}.tsv",
        "results/{study}/figures/{figure}.crossings.tsv",
    log:
        "results/{study}/logs/collect_metrics/{figure}.log",
    wildcard_constraints:
        figure=figures_of("learning_curves"),
    conda:
        "../environment.yaml"
    params:
        settings=lambda w: SETTINGS.path("collect_metrics", w.figure),
    shell:
        "python -m workflow_scripts.figures.learning_curves --settings {params.settings:q} {output:q} > {log:q} 2>&1"


rule score_curves:
    input:
        lambda w: PLAN.tables.score_files(PLAN.figures.scores(w.figure)),
    output:
        "results/{study}/figures/{figure}.tsv",
    log:
        "results/{study}/logs/score_curves/{figure}.log",
    wildcard_constraints:
        figure=figures_of("scores"),
    conda:
        "../environment.yaml"
    params:
        settings=lambda w: SETTINGS.path("score_curves", w.figure),
    shell:
        "python -m workflow_scripts.figures.scores --settings {params.settings:q} {output:q} > {log:q} 2>&1"


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
        settings=lambda w: SETTINGS.path("group_gains", w.figure),
    shell:
        "python -m workflow_scripts.figures.gains --settings {params.settings:q} {input:q} {output:q} > {log:q} 2>&1"


rule text_sizes:
    input:
        lambda w: FILES.reports(PLAN.training_data.texts_of_systems(STUDY.figures[w.figure].runs)),
    output:
        "results/{study}/figures/{figure}.tsv",
    log:
        "results/{study}/logs/text_sizes/{figure}.log",
    wildcard_constraints:
        figure=figures_of("sizes"),
    conda:
        "../environment.yaml"
    params:
        settings=lambda w: SETTINGS.path("text_sizes", w.figure),
    shell:
        "python -m workflow_scripts.figures.sizes --settings {params.settings:q} {output:q} > {log:q} 2>&1"


rule correlate_languages:
    input:
        lambda w: PLAN.sensitivities.files(w.figure),
    output:
        "results/{study}/figures/{figure}.tsv",
    log:
        "results/{study}/logs/correlate_languages/{figure}.log",
    benchmark:
        "results/{study}/benchmarks/correlate_languages/{figure}.tsv"
    wildcard_constraints:
        figure=figures_of("correlation"),
    conda:
        "../environment.yaml"
    resources:
        mem_mb=lambda w, attempt: attempt * 4000,
    params:
        compared="languages",
        settings=lambda w: SETTINGS.path("sensitivities", w.figure),
    shell:
        "python -m workflow_scripts.figures.correlation --settings {params.settings:q} {params.compared:q} {output:q}"
        " > {log:q} 2>&1"


use rule correlate_languages as correlate_tasks with:
    log:
        "results/{study}/logs/correlate_tasks/{figure}.log",
    benchmark:
        "results/{study}/benchmarks/correlate_tasks/{figure}.tsv"
    wildcard_constraints:
        figure=figures_of("task_correlation"),
    params:
        compared="objectives",


rule sensitivity_distribution:
    input:
        lambda w: PLAN.sensitivities.files(w.figure),
    output:
        "results/{study}/figures/{figure}.tsv",
    log:
        "results/{study}/logs/sensitivity_distribution/{figure}.log",
    benchmark:
        "results/{study}/benchmarks/sensitivity_distribution/{figure}.tsv"
    wildcard_constraints:
        figure=figures_of("violin"),
    conda:
        "../environment.yaml"
    resources:
        mem_mb=lambda w, attempt: attempt * 4000,
    params:
        settings=lambda w: SETTINGS.path("sensitivities", w.figure),
    shell:
        "python -m workflow_scripts.figures.violin --settings {params.settings:q} {output:q} > {log:q} 2>&1"


rule collect_pruned_scores:
    input:
        lambda w: PLAN.sensitivities.pruned_scores(w.figure),
        lambda w: PLAN.tables.score_files(PLAN.sensitivities.unpruned_scores(w.figure)),
    output:
        "results/{study}/figures/{figure}.tsv",
    log:
        "results/{study}/logs/collect_pruned_scores/{figure}.log",
    wildcard_constraints:
        figure=figures_of("pruning"),
    conda:
        "../environment.yaml"
    params:
        settings=lambda w: SETTINGS.path("collect_pruned_scores", w.figure),
    shell:
        "python -m workflow_scripts.figures.pruning --settings {params.settings:q} {output:q} > {log:q} 2>&1"


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
        prefix=subpath(output[0], strip_suffix=".svg"),
        settings=lambda w: SETTINGS.path("plot", w.figure),
    shell:
        "python -m workflow_scripts.figures.plot --settings {params.settings:q} {input:q} {params.prefix:q}"
        " > {log:q} 2>&1"
