# Clean text → word counts → the joint subwords and their vocabulary, and extended vocabularies for other groups.


rule count_words:
    input:
        texts=lambda w: (FILES.texts(PLAN.subwords.counted_texts(w.group)) if PLAN.subwords.is_learned(w.group) else []),
        text="results/{study}/text/{text}.parquet",
    output:
        "results/{study}/subwords/counts/{group}/{text}.parquet",
    log:
        "results/{study}/logs/count_words/{group}/{text}.log",
    benchmark:
        "results/{study}/benchmarks/count_words/{group}/{text}.tsv"
    conda:
        "../environment.yaml"
    resources:
        mem_mb=lambda w, input, attempt: attempt * min(1500, 600 + 20 * megabytes([input.text])),
        runtime=lambda w, input: 10 + megabytes([input.text]) // 20,
    params:
        folder=subpath(input.text, parent=True),
        settings=lambda w: SETTINGS.path("count_words", w.group),
    shell:
        "python -m workflow_scripts.subwords.count_words --settings {params.settings:q}"
        " --texts {params.folder:q} {wildcards.text:q} {output:q} > {log:q} 2>&1"


rule learn_subwords:
    input:
        PLAN.subwords.sources,
    output:
        learned=PLAN.subwords.learned_file,
        settings=f"results/{STUDY.study}/subwords/tokenizer.json",
        vocabulary=f"results/{STUDY.study}/subwords/vocabulary.tsv",
    log:
        f"results/{STUDY.study}/logs/learn_subwords.log",
    benchmark:
        f"results/{STUDY.study}/benchmarks/learn_subwords.tsv"
    conda:
        "../environment.yaml"
    resources:
        mem_mb=lambda w, input, attempt: attempt * int(min(3000, 1000 + 50 * input.size_mb)),
        runtime=lambda w, input: int(min(120, 10 + 5 * input.size_mb)),
    params:
        counts=PLAN.subwords.counts if PLAN.subwords.is_adapted else subpath(input[0], parent=True),
        folder=subpath(output.settings, parent=True),
        settings=lambda w: SETTINGS.path("learn_subwords"),
    shell:
        "python -m workflow_scripts.subwords.learn_subwords --settings {params.settings:q} {params.counts:q} {params.folder:q}"
        " > {log:q} 2>&1"


rule extend_vocabulary:
    input:
        learned=PLAN.subwords.learned_file,
        settings="results/{study}/subwords/tokenizer.json",
        vocabulary="results/{study}/subwords/vocabulary.tsv",
        counts=lambda w: PLAN.subwords.word_counts(w.group),
    output:
        "results/{study}/subwords/vocabulary.{group}.tsv",
    log:
        "results/{study}/logs/extend_vocabulary/{group}.log",
    benchmark:
        "results/{study}/benchmarks/extend_vocabulary/{group}.tsv"
    conda:
        "../environment.yaml"
    resources:
        mem_mb=lambda w, input, attempt: attempt * int(min(1500, 500 + 50 * input.size_mb)),
        runtime=lambda w, input: int(min(120, 10 + input.size_mb)),
    params:
        counts="results/{study}/subwords/counts/{group}",
        folder=subpath(input.settings, parent=True),
        settings=lambda w: SETTINGS.path("extend_vocabulary", w.group),
    shell:
        "python -m workflow_scripts.subwords.extend_vocabulary --settings {params.settings:q}"
        " {params.counts:q} {params.folder:q} {output:q} > {log:q} 2>&1"
