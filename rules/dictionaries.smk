# Clean text → dictionaries for substitution.


rule induce_dictionary:
    input:
        study=ancient("results/{study}/study.json"),
        text=lambda w: text_of([pair_of(w.direction)]),
    output:
        "results/{study}/dictionaries/{direction}.tsv",
    log:
        "results/{study}/logs/induce_dictionary/{direction}.log",
    benchmark:
        "results/{study}/benchmarks/induce_dictionary/{direction}.tsv"
    params:
        settings=settings("dictionaries", "substitution", "segmenters"),
    resources:
        mem_mb=4000,
    shell:
        "python -m workflow_scripts.induce_dictionary --study {input.study}"
        " {wildcards.direction} {input.text} {output} > {log} 2>&1"
