# Models → translations → scores, significance tests, and scores.tsv with all scores.


rule translate:
    input:
        model="results/{study}/runs/{run}/model",
        testset=lambda w: sides(w.testset, w.direction),
    output:
        "results/{study}/translations/{run}/{testset}.{direction}.txt",
    log:
        "results/{study}/logs/translate/{run}/{testset}.{direction}.log",
    benchmark:
        "results/{study}/benchmarks/translate/{run}/{testset}.{direction}.tsv"
    wildcard_constraints:
        run=one_of(run for run in MODELS if run not in PLAN.models.externals("translations")),
    conda:
        "../environment.yaml"
    resources:
        mem_mb=lambda w, attempt, threads: attempt * (3000 + 1000 * threads),  # a process for each thread
        gpu=0,
        search=lambda w: search_of(w.run).model_dump_json(),
    params:
        languages=lambda w: [f"--{end}={code}" for end, code in zip(("source", "target"), w.direction.split("-"))],
        source=lambda w: f"results/{w.study}/testsets/{w.testset}/{w.direction.split('-')[0]}.txt",
        references=lambda w: f"results/{w.study}/testsets/{w.testset}/{w.direction.split('-')[1]}.txt",
        counts=lambda w: search_of(w.run).of_best(),
    # Always by torch, because the scores of a study must not depend on the packages of a machine.
    shell:
        "python -m model.machine.lease {resources.gpu:q} -- python -m model.translate --model {input.model:q}"
        " {params.languages:q} --input {params.source:q} --output {output:q} --references {params.references:q}"
        " --search {resources.search:q} --engine torch --threads {threads} > {log:q} 2>&1"


rule tune_search:
    input:
        model="results/{study}/runs/{run}/model",
        dev_set=lambda w: sides(STUDY.dev_set, *PLAN.tables.tuned(w.table)[w.run]),
    output:
        "results/{study}/tuning/{table}/{run}.json",
    log:
        "results/{study}/logs/tune_search/{table}/{run}.log",
    benchmark:
        "results/{study}/benchmarks/tune_search/{table}/{run}.tsv"
    wildcard_constraints:
        table=tables_of("search"),
    conda:
        "../environment.yaml"
    threads: ALL_CORES
    resources:
        mem_mb=lambda w, attempt, threads: attempt * (3000 + 1000 * min(threads, 8)),  # of at most eight processes
        gpu=0,
        search=lambda w: search_of(w.run).model_dump_json(),
    params:
        directions=lambda w: PLAN.tables.tuned(w.table)[w.run],
        penalties=lambda w: STUDY.tables[w.table].length_penalties,
        others=lambda w: PLAN.tables.tuning_options(w.table),
        counts=lambda w: PLAN.tables.not_tuned(w.table, w.run),
    shell:
        "python -m model.machine.lease {resources.gpu:q} -- python -m model.analysis.tune_search {output:q}"
        " --model {input.model:q} --testset {input.dev_set:q} --directions {params.directions:q}"
        " --length-penalties {params.penalties:q} {params.others:q} --search {resources.search:q} --engine torch"
        " --threads {threads} > {log:q} 2>&1"


rule score:
    input:
        testset=lambda w: sides(w.testset, w.direction),
        text=lambda w: FILES.texts([pair_of(w.direction)]),
        hypotheses="results/{study}/translations/{run}/{testset}.{direction}.txt",
    output:
        "results/{study}/scores/{run}/{testset}.{direction}.json",
    log:
        "results/{study}/logs/score/{run}/{testset}.{direction}.log",
    conda:
        "../environment.yaml"
    resources:
        mem_mb=lambda w, attempt: attempt * FILES.scoring_megabytes,
    params:
        text="results/{study}/text",
        settings=lambda w: SETTINGS.path("score", w.run),
    shell:
        "python -m workflow_scripts.evaluation.score --settings {params.settings:q} --run {wildcards.run:q}"
        " --testset {input.testset:q} --text {params.text:q} {wildcards.direction:q} {input.hypotheses:q} {output:q}"
        " > {log:q} 2>&1"


rule compare:
    input:
        testset=lambda w: sides(w.testset, w.direction),
        hypotheses="results/{study}/translations/{run}/{testset}.{direction}.txt",
        baseline=lambda w: FILES.translation(
            PLAN.tables.baseline_of(w.baseline, w.run, w.direction), w.testset, w.direction
        ),
    output:
        "results/{study}/comparisons/{baseline}/{run}/{testset}.{direction}.{test}.json",
    log:
        "results/{study}/logs/compare/{baseline}/{run}/{testset}.{direction}.{test}.log",
    conda:
        "../environment.yaml"
    resources:
        mem_mb=lambda w, attempt: attempt * FILES.scoring_megabytes,
    params:
        settings=lambda w: SETTINGS.path("compare", w.baseline, w.test),
    shell:
        "python -m workflow_scripts.evaluation.compare --settings {params.settings:q} --run {wildcards.run:q}"
        " --baseline {wildcards.baseline:q} --test {wildcards.test:q} --testset {input.testset:q} {wildcards.direction:q}"
        " {input.hypotheses:q} {input.baseline:q} {output:q} > {log:q} 2>&1"


rule collect_scores:
    input:
        lambda w: PLAN.tables.score_files(PLAN.targets.scores),
    output:
        f"results/{STUDY.study}/scores.tsv",
    log:
        f"results/{STUDY.study}/logs/collect_scores.log",
    conda:
        "../environment.yaml"
    params:
        testsets=f"results/{STUDY.study}/testsets",
        settings=lambda w: SETTINGS.path("collect_scores"),
    shell:
        "python -m workflow_scripts.evaluation.collect_scores --settings {params.settings:q} --testsets {params.testsets:q}"
        " {output:q} > {log:q} 2>&1"
