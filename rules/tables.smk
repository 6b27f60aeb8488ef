# Scores, translations and reports on text → tables.


rule tabulate:
    input:
        lambda w: PLAN.tables.score_files(PLAN.tables.scores(w.table)),
        lambda w: PLAN.tables.comparison_files(w.table),
        lambda w: FILES.testsets(*STUDY.tables[w.table].test_sets),
    output:
        expand("results/{{study}}/tables/{{table}}.{ending}", ending=TABLE_ENDINGS[:-1]),
        report("results/{study}/tables/{table}.html", category="Tables", labels={"table": "{table}"}),
    log:
        "results/{study}/logs/tabulate/{table}.log",
    wildcard_constraints:
        table=tables_of("scores"),
    conda:
        "../environment.yaml"
    params:
        prefix=subpath(output[0], strip_suffix=".tsv"),
        testsets="results/{study}/testsets",
        settings=lambda w: SETTINGS.path("tabulate", w.table),
    shell:
        "python -m workflow_scripts.tables.tabulate --settings {params.settings:q} --testsets {params.testsets:q}"
        " {params.prefix:q} > {log:q} 2>&1"


rule tabulate_samples:
    input:
        translations=lambda w: [FILES.translation(*row) for row in PLAN.tables.samples(w.table)],
        testset=lambda w: FILES.testsets(STUDY.tables[w.table].test_set),
    output:
        expand("results/{{study}}/tables/{{table}}.{ending}", ending=TABLE_ENDINGS[:-1]),
        report("results/{study}/tables/{table}.html", category="Tables", labels={"table": "{table}"}),
    log:
        "results/{study}/logs/tabulate_samples/{table}.log",
    wildcard_constraints:
        table=tables_of("samples"),
    conda:
        "../environment.yaml"
    params:
        folder="results/{study}",
        prefix=subpath(output[0], strip_suffix=".tsv"),
        settings=lambda w: SETTINGS.path("tabulate_samples", w.table),
    shell:
        "python -m workflow_scripts.tables.tabulate_samples --settings {params.settings:q} {params.folder:q} {params.prefix:q}"
        " > {log:q} 2>&1"


rule tabulate_corpora:
    input:
        lambda w: FILES.reports(PLAN.training_data.texts_of_systems(STUDY.tables[w.table].runs)),
    output:
        expand("results/{{study}}/tables/{{table}}.{ending}", ending=TABLE_ENDINGS[:-1]),
        report("results/{study}/tables/{table}.html", category="Tables", labels={"table": "{table}"}),
    log:
        "results/{study}/logs/tabulate_corpora/{table}.log",
    wildcard_constraints:
        table=tables_of("corpora"),
    conda:
        "../environment.yaml"
    params:
        prefix=subpath(output[0], strip_suffix=".tsv"),
        settings=lambda w: SETTINGS.path("tabulate_corpora", w.table),
    shell:
        "python -m workflow_scripts.tables.tabulate_corpora --settings {params.settings:q} {params.prefix:q}"
        " > {log:q} 2>&1"


rule tabulate_search:
    input:
        lambda w: [PLAN.tables.tuned_file(w.table, model) for model in PLAN.tables.tuned(w.table)],
        dev_set=lambda w: sides(STUDY.dev_set, *(d for found in PLAN.tables.tuned(w.table).values() for d in found)),
    output:
        expand("results/{{study}}/tables/{{table}}.{ending}", ending=TABLE_ENDINGS[:-1]),
        report("results/{study}/tables/{table}.html", category="Tables", labels={"table": "{table}"}),
    log:
        "results/{study}/logs/tabulate_search/{table}.log",
    wildcard_constraints:
        table=tables_of("search"),
    conda:
        "../environment.yaml"
    resources:
        mem_mb=lambda w, attempt: attempt * FILES.scoring_megabytes,
    params:
        prefix=subpath(output[0], strip_suffix=".tsv"),
        settings=lambda w: SETTINGS.path("tabulate_search", w.table),
    shell:
        "python -m workflow_scripts.tables.tabulate_search --settings {params.settings:q} {input.dev_set:q} {params.prefix:q}"
        " > {log:q} 2>&1"


rule tabulate_claims:
    input:
        lambda w: FILES.claimed(w.table),
    output:
        expand("results/{{study}}/tables/{{table}}.{ending}", ending=TABLE_ENDINGS[:-1]),
        report("results/{study}/tables/{table}.html", category="Tables", labels={"table": "{table}"}),
    log:
        "results/{study}/logs/tabulate_claims/{table}.log",
    wildcard_constraints:
        table=tables_of("claims"),
    conda:
        "../environment.yaml"
    params:
        prefix=subpath(output[0], strip_suffix=".tsv"),
        settings=lambda w: SETTINGS.path("tabulate_claims", w.table),
    shell:
        "python -m workflow_scripts.tables.tabulate_claims --settings {params.settings:q} {params.prefix:q} > {log:q} 2>&1"
