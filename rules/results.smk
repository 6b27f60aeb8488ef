# Scores → scores.tsv, tables, figures and the report.


rule collect_scores:
    input:
        default_scores(),
    output:
        f"results/{STUDY.study}/scores.tsv",
    log:
        f"results/{STUDY.study}/logs/collect_scores.log",
    conda:
        "../environment.yaml"
    params:
        others=other_scores(),
    shell:
        "python -m workflow_scripts.collect_scores {output} {input} {params.others} > {log} 2>&1"


rule tabulate:
    input:
        scores=lambda w: table_scores(w.table),
    output:
        expand("results/{{study}}/tables/{{table}}.{ending}", ending=TABLE_ENDINGS),
    log:
        "results/{study}/logs/tabulate/{table}.log",
    conda:
        "../environment.yaml"
    params:
        study="results/{study}/study.json",
        prefix="results/{study}/tables/{table}",
        settings=lambda w: (FULL_STUDY["tables"][w.table], {n: r.label for n, r in STUDY.runs.items()}),
    shell:
        "python -m workflow_scripts.tabulate --study {params.study} --table {wildcards.table}"
        " {params.prefix} {input.scores} > {log} 2>&1"


rule plot:
    input:
        lambda w: expand("results/{study}/runs/{run}/metrics.jsonl", study=w.study, run=figure_models(w.figure)),
    output:
        multiext("results/{study}/figures/{figure}", ".svg", ".png"),
    log:
        "results/{study}/logs/plot/{figure}.log",
    conda:
        "../environment.yaml"
    params:
        prefix="results/{study}/figures/{figure}",
        root="results/{study}/runs",
        runs=lambda w: figure_models(w.figure),
    shell:
        "python -m workflow_scripts.plot --root {params.root} {params.prefix} {params.runs} > {log} 2>&1"


rule report:
    input:
        [table_files(name) for name, table in STUDY.tables.items() if table.default],
        [f"results/{STUDY.study}/figures/{figure}.svg" for figure in STUDY.figures],
        [f"results/{STUDY.study}/text/{text}.report.json" for text in supplies.texts(STUDY)],
        [f"{path}.json" for path in NEEDS],
        testset_files(),
    output:
        f"results/{STUDY.study}/report.html",
    log:
        f"results/{STUDY.study}/logs/report.log",
    conda:
        "../environment.yaml"
    params:
        study=f"results/{STUDY.study}/study.json",
        folder=subpath(output[0], parent=True),
    shell:
        "python -m workflow_scripts.report --study {params.study} {params.folder} {output} > {log} 2>&1"
