# Clean text and dictionaries → shards with substituted words on one side (`substituted`), or with that side and its
# original (`codeswitched`); then the coverage of the dictionaries. Folders of a variant of substitution end in its name:
# `substituted-p15`. Those of the study's own substitution have no such ending.
#
# With `--set-scatter parts=8`, eight jobs make each shard folder, and `gather_shards` gathers their part files.


rule substitute:
    input:
        learned=PLAN.subwords.learned_file,
        words="results/{study}/subwords/tokenizer.json",
        vocabulary=lambda w: PLAN.subwords.vocabulary_of(pair_of(w.direction)),
        text=lambda w: FILES.texts([pair_of(w.direction)]),
        dictionaries=lambda w: FILES.dictionaries(variant(w).of_direction(w.direction), variant(w).name),
        testsets=FILES.held_back(),
    output:
        directory("results/{study}/shards/substituted{variant}/{direction}"),
    log:
        "results/{study}/logs/substitute{variant}/{direction}.log",
    benchmark:
        "results/{study}/benchmarks/substitute{variant}/{direction}.tsv"
    conda:
        "../environment.yaml"
    resources:
        mem_mb=lambda w, input, attempt: attempt * min(1500, 600 + 20 * megabytes(input.text)),
        runtime=lambda w, input: 10 + variant(w).study.substitution.copies * megabytes(input.text) // (20 * PARTS),
    params:
        subwords=subpath(input.learned, parent=True),
        dictionaries=lambda w: variant(w).folder,
        part=[],
        restore=[],
        settings=lambda w: SETTINGS.path("substitute", w.direction, variant(w).name),
    shell:
        "python -m workflow_scripts.substitution.substitute --settings {params.settings:q} --subwords {params.subwords:q}"
        " --vocabulary {input.vocabulary:q} --dictionaries {params.dictionaries:q} {params.part:q} {params.restore:q}"
        " --testsets {input.testsets:q} -- {wildcards.direction:q} {input.text:q} {output:q} > {log:q} 2>&1"


use rule substitute as restore with:
    output:
        directory("results/{study}/shards/codeswitched{variant}/{direction}"),
    log:
        "results/{study}/logs/restore{variant}/{direction}.log",
    benchmark:
        "results/{study}/benchmarks/restore{variant}/{direction}.tsv"
    params:
        restore=["--restore"],


if PARTS > 1:

    ruleorder: gather_shards > substitute > restore

    use rule substitute as substitute_part with:
        output:
            temp(directory("results/{study}/parts/substituted{variant}/{direction}/{scatteritem}")),
        log:
            "results/{study}/logs/substitute{variant}/{direction}.{scatteritem}.log",
        benchmark:
            "results/{study}/benchmarks/substitute{variant}/{direction}.{scatteritem}.tsv"
        params:
            part=["--part", "{scatteritem}"],

    use rule restore as restore_part with:
        output:
            temp(directory("results/{study}/parts/codeswitched{variant}/{direction}/{scatteritem}")),
        log:
            "results/{study}/logs/restore{variant}/{direction}.{scatteritem}.log",
        benchmark:
            "results/{study}/benchmarks/restore{variant}/{direction}.{scatteritem}.tsv"
        params:
            part=["--part", "{scatteritem}"],


rule coverage:
    input:
        lambda w: PLAN.shards.substituted(variant(w).name),
    output:
        "results/{study}/dictionaries{variant}/coverage.tsv",
    log:
        "results/{study}/logs/coverage{variant}.log",
    conda:
        "../environment.yaml"
    params:
        settings=lambda w: SETTINGS.path("coverage", variant(w).name),
    shell:
        "python -m workflow_scripts.substitution.coverage --settings {params.settings:q} {output:q} > {log:q} 2>&1"
