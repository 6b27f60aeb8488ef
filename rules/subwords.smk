# Clean text → counts of words → the joint subwords and their vocabulary, and an extension of that for other groups.


rule count_words:
    input:
        texts=lambda w: (
            text_of(plan_subwords.counted_texts(STUDY, w.group)) if plan_subwords.is_learned(STUDY, w.group) else []
        ),
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
        study="results/{study}/study.json",
        folder=subpath(input.text, parent=True),
        settings=lambda w: plan_subwords.counting_settings(STUDY, w.group),
    shell:
        "python -m workflow_scripts.subwords.count_words --study {params.study} --group {wildcards.group}"
        " --texts {params.folder} {wildcards.text} {output} > {log} 2>&1"


rule learn_subwords:
    input:
        plan_subwords.subword_sources(STUDY),
    output:
        learned=plan_subwords.learned_subwords(STUDY),
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
        study=f"results/{STUDY.study}/study.json",
        counts=subpath(input[0], parent=True),
        folder=subpath(output.settings, parent=True),
        settings=plan_subwords.learning_settings(STUDY),
    shell:
        "python -m workflow_scripts.subwords.learn_subwords --study {params.study} {params.counts} {params.folder} > {log} 2>&1"


rule extend_vocabulary:
    input:
        learned=plan_subwords.learned_subwords(STUDY),
        settings="results/{study}/subwords/tokenizer.json",
        vocabulary="results/{study}/subwords/vocabulary.tsv",
        counts=lambda w: plan_subwords.word_counts(STUDY, w.group),
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
        study="results/{study}/study.json",
        counts="results/{study}/subwords/counts/{group}",
        folder=subpath(input.settings, parent=True),
        settings=lambda w: (STUDY.pairs[w.group], STUDY.subwords.extend_min_count),
    shell:
        "python -m workflow_scripts.subwords.extend_vocabulary --study {params.study} --group {wildcards.group}"
        " {params.counts} {params.folder} {output} > {log} 2>&1"
