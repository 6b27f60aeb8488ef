# Clean text and dictionaries → shards with substituted words on one side (`substituted`), or with that side and its
# original (`codeswitched`); then the coverage of the dictionaries.
#
# With `--set-scatter parts=8`, eight jobs make each shard folder, and `gather_shards` gathers their part files.


rule substitute:
    input:
        learned=PLAN.subwords.learned_file,
        words="results/{study}/subwords/tokenizer.json",
        vocabulary=lambda w: PLAN.subwords.vocabulary_of(pair_of(w.direction)),
        text=lambda w: FILES.texts([pair_of(w.direction)]),
        dictionaries=lambda w: FILES.dictionaries(PLAN.dictionaries.of_direction(w.direction)),
        testsets=FILES.held_back(),
    output:
        directory("results/{study}/shards/substituted/{direction}"),
    log:
        "results/{study}/logs/substitute/{direction}.log",
    benchmark:
        "results/{study}/benchmarks/substitute/{direction}.tsv"
    conda:
        "../environment.yaml"
    resources:
        mem_mb=lambda w, input, attempt: attempt * min(1500, 600 + 20 * megabytes(input.text)),
        runtime=lambda w, input: 10 + STUDY.substitution.copies * megabytes(input.text) // (20 * PARTS),
    params:
        subwords=subpath(input.learned, parent=True),
        dictionaries="results/{study}/dictionaries",
        part=[],
        restore=[],
        settings=lambda w: SETTINGS.path("substitute", w.direction),
    shell:
        "python -m workflow_scripts.substitution.substitute --settings {params.settings:q} --subwords {params.subwords:q}"
        " --vocabulary {input.vocabulary:q} --dictionaries {params.dictionaries:q} {params.part:q} {params.restore:q}"
        " --testsets {input.testsets:q} -- {wildcards.direction:q} {input.text:q} {output:q} > {log:q} 2>&1"


use rule substitute as restore with:
    output:
        directory("results/{study}/shards/codeswitched/{direction}"),
    log:
        "results/{study}/logs/restore/{direction}.log",
    benchmark:
        "results/{study}/benchmarks/restore/{direction}.tsv"
    params:
        restore=["--restore"],


if PARTS > 1:

    ruleorder: gather_shards > substitute > restore

    use rule substitute as substitute_part with:
        output:
            temp(directory("results/{study}/parts/substituted/{direction}/{scatteritem}")),
        log:
            "results/{study}/logs/substitute/{direction}.{scatteritem}.log",
        benchmark:
            "results/{study}/benchmarks/substitute/{direction}.{scatteritem}.tsv"
        params:
            part=["--part", "{scatteritem}"],

    use rule restore as restore_part with:
        output:
            temp(directory("results/{study}/parts/codeswitched/{direction}/{scatteritem}")),
        log:
            "results/{study}/logs/restore/{direction}.{scatteritem}.log",
        benchmark:
            "results/{study}/benchmarks/restore/{direction}.{scatteritem}.tsv"
        params:
            part=["--part", "{scatteritem}"],


rule coverage:
    input:
        PLAN.shards.substituted,
    output:
        FILES.coverage,
    log:
        f"results/{STUDY.study}/logs/coverage.log",
    conda:
        "../environment.yaml"
    params:
        settings=lambda w: SETTINGS.path("coverage"),
    shell:
        "python -m workflow_scripts.substitution.coverage --settings {params.settings:q} {output:q} > {log:q} 2>&1"
