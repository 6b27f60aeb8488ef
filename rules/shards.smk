# Clean text → shards of subword ids: pairs as they are (`original`), with words of one side substituted, substituted and
# restored (`codeswitched`), text in one language (`monolingual`), and the dev sets; then the check that no segment of a
# test or dev set is among them.
#
# With `--set-scatter parts=8`, eight jobs make each of them but the dev sets, and another gathers their part files.


rule encode:
    input:
        learned=plan_subwords.learned_subwords(STUDY),
        words="results/{study}/subwords/tokenizer.json",
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
        mem_mb=lambda w, input, attempt: attempt * min(1500, 600 + 20 * megabytes(input.text)),
        runtime=lambda w, input: 10 + megabytes(input.text) // (20 * PARTS),
    params:
        study="results/{study}/study.json",
        subwords=subpath(input.learned, parent=True),
        text=lambda w, input: input.text,
        kind="",
        part="",
        settings=settings("seed"),
    shell:
        "python -m workflow_scripts.shards.encode --study {params.study} --subwords {params.subwords}"
        " --vocabulary {input.vocabulary} {params.kind} {params.part} {wildcards.direction} {params.text} {output}"
        " > {log} 2>&1"


use rule encode as encode_monolingual with:
    input:
        learned=plan_subwords.learned_subwords(STUDY),
        words="results/{study}/subwords/tokenizer.json",
        vocabulary=lambda w: vocabulary_of(w.direction),
        text=lambda w: text_of([w.direction]),
    output:
        directory("results/{study}/shards/monolingual/{direction}"),
    log:
        "results/{study}/logs/encode_monolingual/{direction}.log",
    benchmark:
        "results/{study}/benchmarks/encode_monolingual/{direction}.tsv"


use rule encode as encode_dev with:
    input:
        learned=plan_subwords.learned_subwords(STUDY),
        words="results/{study}/subwords/tokenizer.json",
        vocabulary=lambda w: vocabulary_of(w.direction),
        text=testset_files(STUDY.dev_set),
    output:
        directory("results/{study}/shards/dev/{direction}"),
    log:
        "results/{study}/logs/encode_dev/{direction}.log",
    benchmark:
        "results/{study}/benchmarks/encode_dev/{direction}.tsv"
    params:
        text=lambda w, input: str(Path(input.text[0]).parent),


rule substitute:
    input:
        learned=plan_subwords.learned_subwords(STUDY),
        words="results/{study}/subwords/tokenizer.json",
        vocabulary=lambda w: vocabulary_of(w.direction),
        text=lambda w: text_of([pair_of(w.direction)]),
        dictionaries=lambda w: dictionary_files(w.direction),
        testsets=testset_files(),
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
        study="results/{study}/study.json",
        subwords=subpath(input.learned, parent=True),
        dictionaries="results/{study}/dictionaries",
        part="",
        restore="",
        settings=settings("substitution", "seed"),
    shell:
        "python -m workflow_scripts.substitution.substitute --study {params.study} --subwords {params.subwords}"
        " --vocabulary {input.vocabulary} --dictionaries {params.dictionaries} {params.part} {params.restore}"
        " --testsets {input.testsets} -- {wildcards.direction} {input.text} {output} > {log} 2>&1"


use rule substitute as restore with:
    output:
        directory("results/{study}/shards/codeswitched/{direction}"),
    log:
        "results/{study}/logs/restore/{direction}.log",
    benchmark:
        "results/{study}/benchmarks/restore/{direction}.tsv"
    params:
        restore="--restore",


if PARTS > 1:

    ruleorder: gather_shards > encode > encode_monolingual > substitute > restore

    use rule encode as encode_part with:
        output:
            temp(directory("results/{study}/parts/original/{direction}/{scatteritem}")),
        log:
            "results/{study}/logs/encode/{direction}.{scatteritem}.log",
        benchmark:
            "results/{study}/benchmarks/encode/{direction}.{scatteritem}.tsv"
        params:
            part="--part {scatteritem}",

    use rule encode_monolingual as encode_monolingual_part with:
        output:
            temp(directory("results/{study}/parts/monolingual/{direction}/{scatteritem}")),
        log:
            "results/{study}/logs/encode_monolingual/{direction}.{scatteritem}.log",
        benchmark:
            "results/{study}/benchmarks/encode_monolingual/{direction}.{scatteritem}.tsv"
        params:
            part="--part {scatteritem}",

    use rule substitute as substitute_part with:
        output:
            temp(directory("results/{study}/parts/substituted/{direction}/{scatteritem}")),
        log:
            "results/{study}/logs/substitute/{direction}.{scatteritem}.log",
        benchmark:
            "results/{study}/benchmarks/substitute/{direction}.{scatteritem}.tsv"
        params:
            part="--part {scatteritem}",

    use rule restore as restore_part with:
        output:
            temp(directory("results/{study}/parts/codeswitched/{direction}/{scatteritem}")),
        log:
            "results/{study}/logs/restore/{direction}.{scatteritem}.log",
        benchmark:
            "results/{study}/benchmarks/restore/{direction}.{scatteritem}.tsv"
        params:
            part="--part {scatteritem}",

    rule gather_shards:
        input:
            gather.parts("results/{{study}}/parts/{{kind}}/{{direction}}/{scatteritem}"),
        output:
            directory("results/{study}/shards/{kind}/{direction}"),
        log:
            "results/{study}/logs/gather_shards/{kind}/{direction}.log",
        conda:
            "../environment.yaml"
        resources:
            mem_mb=lambda w, attempt: attempt * 500,
            runtime=30,
        shell:
            "python -m workflow_scripts.shards.gather_shards {output} {input} > {log} 2>&1"


rule check_leaks:
    input:
        learned=plan_subwords.learned_subwords(STUDY),
        testsets=testset_files(),
        vocabulary=lambda w: vocabulary_of(w.direction),
        shard="results/{study}/shards/{kind}/{direction}",
    output:
        "results/{study}/shards/{kind}/{direction}.leaks.json",
    log:
        "results/{study}/logs/check_leaks/{kind}/{direction}.log",
    benchmark:
        "results/{study}/benchmarks/check_leaks/{kind}/{direction}.tsv"
    conda:
        "../environment.yaml"
    resources:
        mem_mb=lambda w, input, attempt: attempt * min(1500, 600 + 20 * megabytes([input.shard])),
        runtime=lambda w, input: 10 + megabytes([input.shard]) // 50,
    params:
        subwords=subpath(input.learned, parent=True),
    shell:
        "python -m workflow_scripts.shards.check_leaks {output} --subwords {params.subwords} --vocabulary {input.vocabulary}"
        " --testsets {input.testsets} --shards {input.shard} > {log} 2>&1"


rule coverage:
    input:
        substituted_shards(),
    output:
        f"results/{STUDY.study}/dictionaries/coverage.tsv",
    log:
        f"results/{STUDY.study}/logs/coverage.log",
    conda:
        "../environment.yaml"
    shell:
        "python -m workflow_scripts.substitution.coverage {output} {input} > {log} 2>&1"
