# Clean text → shards of subword ids: as it is (`original`), with words of the source substituted, and the dev sets.


rule encode:
    input:
        "results/{study}/subwords/codes",
        vocabulary=lambda w: vocabulary_of(w.direction),
        text=lambda w: text_of([pair_of(w.direction)]),
    output:
        directory("results/{study}/shards/original/{direction}"),
    log:
        "results/{study}/logs/encode/{direction}.log",
    benchmark:
        "results/{study}/benchmarks/encode/{direction}.tsv"
    params:
        study="results/{study}/study.json",
        subwords="results/{study}/subwords",
        settings=settings("seed"),
    resources:
        mem_mb=2000,
    shell:
        "python -m workflow_scripts.encode --study {params.study} --subwords {params.subwords}"
        " --vocabulary {input.vocabulary} {wildcards.direction} {input.text} {output} > {log} 2>&1"


rule encode_dev:
    input:
        testset_files(STUDY.dev_set),
        "results/{study}/subwords/codes",
        vocabulary=lambda w: vocabulary_of(w.direction),
    output:
        directory("results/{study}/shards/dev/{direction}"),
    log:
        "results/{study}/logs/encode_dev/{direction}.log",
    benchmark:
        "results/{study}/benchmarks/encode_dev/{direction}.tsv"
    params:
        study="results/{study}/study.json",
        subwords="results/{study}/subwords",
        testset=f"results/{STUDY.study}/testsets/{STUDY.dev_set}",
        settings=settings("seed"),
    resources:
        mem_mb=2000,
    shell:
        "python -m workflow_scripts.encode --study {params.study} --subwords {params.subwords}"
        " --vocabulary {input.vocabulary} {wildcards.direction} {params.testset} {output} > {log} 2>&1"


rule substitute:
    input:
        "results/{study}/subwords/codes",
        vocabulary=lambda w: vocabulary_of(w.direction),
        text=lambda w: text_of([pair_of(w.direction)]),
        dictionaries=expand(
            "results/{{study}}/dictionaries/{direction}.tsv",
            direction=plan.dictionary_pairs(STUDY, plan.learning_group(STUDY)),
        ),
    output:
        directory("results/{study}/shards/substituted/{direction}"),
    log:
        "results/{study}/logs/substitute/{direction}.log",
    benchmark:
        "results/{study}/benchmarks/substitute/{direction}.tsv"
    params:
        study="results/{study}/study.json",
        subwords="results/{study}/subwords",
        dictionaries="results/{study}/dictionaries",
        settings=settings("substitution", "seed"),
    resources:
        mem_mb=2000,
    shell:
        "python -m workflow_scripts.substitute --study {params.study} --subwords {params.subwords}"
        " --vocabulary {input.vocabulary} --dictionaries {params.dictionaries}"
        " {wildcards.direction} {input.text} {output} > {log} 2>&1"
