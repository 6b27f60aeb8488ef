# Clean text → the joint BPE and its vocabulary, and an extension of that for each other group of pairs.


rule learn_subwords:
    input:
        text=plan.subword_sources(STUDY),
    output:
        codes="results/{study}/subwords/codes",
        settings="results/{study}/subwords/tokenizer.json",
        vocabulary="results/{study}/subwords/vocabulary.tsv",
    log:
        "results/{study}/logs/learn_subwords.log",
    benchmark:
        "results/{study}/benchmarks/learn_subwords.tsv"
    conda:
        "../environment.yaml"
    resources:
        mem_mb=4000,
    params:
        study="results/{study}/study.json",
        text="results/{study}/text",
        folder=subpath(output.codes, parent=True),
        settings=settings("segmenters", "seed") + STUDY.subwords.model_dump_json(exclude={"extend_min_count"}),
    shell:
        "python -m workflow_scripts.learn_subwords --study {params.study} {params.text} {params.folder} > {log} 2>&1"


rule extend_vocabulary:
    input:
        codes="results/{study}/subwords/codes",
        settings="results/{study}/subwords/tokenizer.json",
        vocabulary="results/{study}/subwords/vocabulary.tsv",
        text=lambda w: text_of(plan.extending_pairs(STUDY, w.group)),
    output:
        "results/{study}/subwords/vocabulary.{group}.tsv",
    log:
        "results/{study}/logs/extend_vocabulary/{group}.log",
    benchmark:
        "results/{study}/benchmarks/extend_vocabulary/{group}.tsv"
    conda:
        "../environment.yaml"
    resources:
        mem_mb=4000,
    params:
        study="results/{study}/study.json",
        text="results/{study}/text",
        folder=subpath(input.codes, parent=True),
        settings=lambda w: (STUDY.pairs[w.group], STUDY.subwords.extend_min_count),
    shell:
        "python -m workflow_scripts.extend_vocabulary --study {params.study} --group {wildcards.group}"
        " {params.text} {params.folder} {output} > {log} 2>&1"
