# Monolingual text → its translations by a model of the other direction → shards of the kind `backtranslated`.

if STUDY.backtranslation:

    NUMBERS = PLAN.backtranslation.files  # numbers of the files of segments, one job each

    rule draw_segments:
        input:
            text=lambda w: FILES.texts([w.direction.split("-")[1]]),
        output:
            temp(expand("results/{{study}}/backtranslation/{{direction}}/segments.{number}.txt", number=NUMBERS)),
        log:
            "results/{study}/logs/draw_segments/{direction}.log",
        benchmark:
            "results/{study}/benchmarks/draw_segments/{direction}.tsv"
        conda:
            "../environment.yaml"
        resources:
            mem_mb=lambda w, attempt: attempt * 1500,
        params:
            folder=subpath(output[0], parent=True),
            settings=lambda w: SETTINGS.path("draw_segments"),
        shell:
            "python -m workflow_scripts.backtranslation.draw_segments --settings {params.settings:q}"
            " {wildcards.direction:q} {input.text:q} {params.folder:q} > {log:q} 2>&1"

    rule translate_back:
        input:
            model=lambda w: f"results/{w.study}/runs/{PLAN.backtranslation.translator(w.direction)}/model",
            segments="results/{study}/backtranslation/{direction}/segments.{number}.txt",
        output:
            temp("results/{study}/backtranslation/{direction}/translations.{number}.txt"),
        log:
            "results/{study}/logs/translate_back/{direction}.{number}.log",
        benchmark:
            "results/{study}/benchmarks/translate_back/{direction}.{number}.tsv"
        wildcard_constraints:
            number="[0-9]+",
        conda:
            "../environment.yaml"
        resources:
            mem_mb=lambda w, attempt, threads: attempt * (3000 + 1000 * threads),  # a process for each thread
            gpu=0,
            search=PLAN.backtranslation.search.model_dump_json(),
        params:
            source=lambda w: w.direction.split("-")[1],
            target=lambda w: w.direction.split("-")[0],
            counts=PLAN.backtranslation.search.of_best(),
        shell:
            "python -m model.machine.lease {resources.gpu:q} -- python -m model.translate --model {input.model:q}"
            " --source {params.source:q} --target {params.target:q} --input {input.segments:q} --output {output:q}"
            " --search {resources.search:q} --engine torch --threads {threads} > {log:q} 2>&1"

    rule pair_translations:
        input:
            testsets=FILES.held_back(),
            segments=expand("results/{{study}}/backtranslation/{{direction}}/segments.{number}.txt", number=NUMBERS),
            translations=expand(
                "results/{{study}}/backtranslation/{{direction}}/translations.{number}.txt", number=NUMBERS
            ),
        output:
            text="results/{study}/backtranslation/{direction}.parquet",
            report="results/{study}/backtranslation/{direction}.report.json",
        log:
            "results/{study}/logs/pair_translations/{direction}.log",
        benchmark:
            "results/{study}/benchmarks/pair_translations/{direction}.tsv"
        conda:
            "../environment.yaml"
        resources:
            mem_mb=lambda w, attempt: attempt * 2000,
        params:
            folder="results/{study}/backtranslation/{direction}",
            files=len(NUMBERS),
            min_words=STUDY.decontamination.min_words,
        shell:
            "python -m workflow_scripts.backtranslation.pair_translations {wildcards.direction:q}"
            " --testsets {input.testsets:q} --min-words {params.min_words:q} --folder {params.folder:q} --files {params.files:q}"
            " --text {output.text:q} --report {output.report:q} > {log:q} 2>&1"

    use rule encode as encode_backtranslated with:
        input:
            learned=PLAN.subwords.learned_file,
            words="results/{study}/subwords/tokenizer.json",
            vocabulary=lambda w: PLAN.subwords.vocabulary_of(pair_of(w.direction)),
            text=["results/{study}/backtranslation/{direction}.parquet"],
        output:
            directory("results/{study}/shards/backtranslated/{direction}"),
        log:
            "results/{study}/logs/encode_backtranslated/{direction}.log",
        benchmark:
            "results/{study}/benchmarks/encode_backtranslated/{direction}.tsv"
        params:
            settings=lambda w: SETTINGS.path("encode_backtranslated"),

    if PARTS > 1:

        ruleorder: gather_shards > encode_backtranslated

        use rule encode_backtranslated as encode_backtranslated_part with:
            output:
                temp(directory("results/{study}/parts/backtranslated/{direction}/{scatteritem}")),
            log:
                "results/{study}/logs/encode_backtranslated/{direction}.{scatteritem}.log",
            benchmark:
                "results/{study}/benchmarks/encode_backtranslated/{direction}.{scatteritem}.tsv"
            params:
                part=["--part", "{scatteritem}"],
