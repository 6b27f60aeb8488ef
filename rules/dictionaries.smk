# Clean text → dictionaries for substitution.


rule induce_dictionary:
    input:
        text=lambda w: text_of([pair_of(w.direction)]),
    output:
        "results/{study}/dictionaries/{direction}.tsv",
    log:
        "results/{study}/logs/induce_dictionary/{direction}.log",
    benchmark:
        "results/{study}/benchmarks/induce_dictionary/{direction}.tsv"
    conda:
        "../environment.yaml"
    resources:
        mem_mb=4000,
    params:
        study="results/{study}/study.json",
        settings=settings("dictionaries", "substitution", "segmenters"),
    shell:
        "python -m workflow_scripts.induce_dictionary --study {params.study}"
        " {wildcards.direction} {input.text} {output} > {log} 2>&1"
