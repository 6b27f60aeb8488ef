# Clean text → shards of subword ids: of pairs (`original`), of text in one language (`monolingual`), and of the dev set;
# and the check that shards of any kind have no segment of a test or dev set.
#
# With `--set-scatter parts=8`, eight jobs make each shard folder, and one gathers their part files. Dev sets take one job.


rule encode:
    input:
        learned=PLAN.subwords.learned_file,
        words="results/{study}/subwords/tokenizer.json",
        vocabulary=lambda w: PLAN.subwords.vocabulary_of(pair_of(w.direction)),
        text=lambda w: FILES.texts([pair_of(w.direction)]),
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
        subwords=subpath(input.learned, parent=True),
        part=[],
        settings=lambda w: SETTINGS.path("encode"),
    shell:
        "python -m workflow_scripts.shards.encode --settings {params.settings:q} --subwords {params.subwords:q}"
        " --vocabulary {input.vocabulary:q} {params.part:q} {wildcards.direction:q} {input.text:q} {output:q}"
        " > {log:q} 2>&1"


use rule encode as encode_monolingual with:
    input:
        learned=PLAN.subwords.learned_file,
        words="results/{study}/subwords/tokenizer.json",
        vocabulary=lambda w: PLAN.subwords.vocabulary_of(pair_of(w.direction)),
        text=lambda w: FILES.texts([w.direction]),
    output:
        directory("results/{study}/shards/monolingual/{direction}"),
    log:
        "results/{study}/logs/encode_monolingual/{direction}.log",
    benchmark:
        "results/{study}/benchmarks/encode_monolingual/{direction}.tsv"


use rule encode as encode_dev with:
    input:
        learned=PLAN.subwords.learned_file,
        words="results/{study}/subwords/tokenizer.json",
        vocabulary=lambda w: PLAN.subwords.vocabulary_of(pair_of(w.direction)),
        text=lambda w: [sides(STUDY.dev_set, w.direction)],
    output:
        directory("results/{study}/shards/dev/{direction}"),
    log:
        "results/{study}/logs/encode_dev/{direction}.log",
    benchmark:
        "results/{study}/benchmarks/encode_dev/{direction}.tsv"


if PARTS > 1:

    ruleorder: gather_shards > encode > encode_monolingual

    use rule encode as encode_part with:
        output:
            temp(directory("results/{study}/parts/original/{direction}/{scatteritem}")),
        log:
            "results/{study}/logs/encode/{direction}.{scatteritem}.log",
        benchmark:
            "results/{study}/benchmarks/encode/{direction}.{scatteritem}.tsv"
        params:
            part=["--part", "{scatteritem}"],

    use rule encode_monolingual as encode_monolingual_part with:
        output:
            temp(directory("results/{study}/parts/monolingual/{direction}/{scatteritem}")),
        log:
            "results/{study}/logs/encode_monolingual/{direction}.{scatteritem}.log",
        benchmark:
            "results/{study}/benchmarks/encode_monolingual/{direction}.{scatteritem}.tsv"
        params:
            part=["--part", "{scatteritem}"],

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
            "python -m workflow_scripts.shards.gather_shards {output:q} {input:q} > {log:q} 2>&1"


rule check_leaks:
    input:
        learned=PLAN.subwords.learned_file,
        words="results/{study}/subwords/tokenizer.json",
        testsets=FILES.held_back(),
        vocabulary=lambda w: PLAN.subwords.vocabulary_of(pair_of(w.direction)),
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
        min_words=STUDY.decontamination.min_words,
    shell:
        "python -m workflow_scripts.shards.check_leaks {output:q} --subwords {params.subwords:q}"
        " --min-words {params.min_words:q}"
        " --vocabulary {input.vocabulary:q} --testsets {input.testsets:q} --shards {input.shard:q} > {log:q} 2>&1"
