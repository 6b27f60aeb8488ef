# Dictionaries for substitution: merged from the sources of the study, or induced from text for languages without any.
# Both use a sample of a large text, to limit their memory. A variant of substitution that changes them has its own.


rule dictionary:
    input:
        tables=lambda w: FILES.fetched(variant(w).files(w.direction)),
        text=lambda w: FILES.texts([pair_of(w.direction)]),
    output:
        dictionary="results/{study}/dictionaries{variant}/{direction}.tsv",
        report="results/{study}/dictionaries{variant}/{direction}.report.json",
    log:
        "results/{study}/logs/dictionary{variant}/{direction}.log",
    benchmark:
        "results/{study}/benchmarks/dictionary{variant}/{direction}.tsv"
    wildcard_constraints:
        variant=of_dictionaries(lambda made, name: made.files(name)),
    conda:
        "../environment.yaml"
    resources:
        mem_mb=lambda w, attempt: attempt * 2000,
        runtime=lambda w, input: int(min(120, 10 + input.size_mb / 10)),
    params:
        settings=lambda w: SETTINGS.path("dictionary", w.direction, variant(w).name),
    shell:
        "python -m workflow_scripts.dictionaries.dictionary --settings {params.settings:q} --text {input.text:q}"
        " {wildcards.direction:q} {output.dictionary:q} {output.report:q} > {log:q} 2>&1"


rule induce_dictionary:
    input:
        text=lambda w: FILES.texts([pair_of(w.direction)]),
    output:
        "results/{study}/dictionaries{variant}/{direction}.tsv",
    log:
        "results/{study}/logs/induce_dictionary{variant}/{direction}.log",
    benchmark:
        "results/{study}/benchmarks/induce_dictionary{variant}/{direction}.tsv"
    wildcard_constraints:
        variant=of_dictionaries(lambda made, name: not made.files(name)),
    conda:
        "../environment.yaml"
    resources:
        mem_mb=lambda w, input, attempt: attempt * int(min(4000, 1000 + 500 * input.size_mb)),
        runtime=lambda w, input: int(min(120, 10 + 5 * input.size_mb)),
    params:
        settings=lambda w: SETTINGS.path("induce_dictionary", variant(w).name),
    shell:
        "python -m workflow_scripts.dictionaries.induce_dictionary --settings {params.settings:q}"
        " {wildcards.direction:q} {input.text:q} {output:q} > {log:q} 2>&1"
