# Clean text → shards of subword ids: as it is (`original`), with words of the source substituted, and the dev sets.


rule encode:
    input:
        codes="results/{study}/subwords/codes",
        vocabulary=lambda w: vocabulary_of(w.direction),
        text=lambda w: text_of([pair_of(w.direction)]),
    output:
        directory("results/{study}/shards/original/{direction}"),
    log:
        "results/{study}/logs/encode/{direction}.log",
    benchmark:
        "results/{study}/benchmarks/encode/{direction}.tsv"
    conda:
        "../environment.yaml"
    resources:
        mem_mb=2000,
    params:
        study="results/{study}/study.json",
        subwords=subpath(input.codes, parent=True),
        settings=settings("seed"),
    shell:
        "python -m workflow_scripts.encode --study {params.study} --subwords {params.subwords}"
        " --vocabulary {input.vocabulary} {wildcards.direction} {input.text} {output} > {log} 2>&1"


rule encode_dev:
    input:
        testset=testset_files(STUDY.dev_set),
        codes="results/{study}/subwords/codes",
        vocabulary=lambda w: vocabulary_of(w.direction),
    output:
        directory("results/{study}/shards/dev/{direction}"),
    log:
        "results/{study}/logs/encode_dev/{direction}.log",
    benchmark:
        "results/{study}/benchmarks/encode_dev/{direction}.tsv"
    conda:
        "../environment.yaml"
    resources:
        mem_mb=2000,
    params:
        study="results/{study}/study.json",
        subwords=subpath(input.codes, parent=True),
        testset=lambda w, input: str(Path(input.testset[0]).parent),
        settings=settings("seed"),
    shell:
        "python -m workflow_scripts.encode --study {params.study} --subwords {params.subwords}"
        " --vocabulary {input.vocabulary} {wildcards.direction} {params.testset} {output} > {log} 2>&1"


rule substitute:
    input:
        codes="results/{study}/subwords/codes",
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
    conda:
        "../environment.yaml"
    resources:
        mem_mb=2000,
    params:
        study="results/{study}/study.json",
        subwords=subpath(input.codes, parent=True),
        dictionaries=lambda w, input: str(Path(input.dictionaries[0]).parent),
        settings=settings("substitution", "seed"),
    shell:
        "python -m workflow_scripts.substitute --study {params.study} --subwords {params.subwords}"
        " --vocabulary {input.vocabulary} --dictionaries {params.dictionaries}"
        " {wildcards.direction} {input.text} {output} > {log} 2>&1"
