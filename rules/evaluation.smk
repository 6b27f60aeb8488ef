# Models → translations → scores, and tests of whether they differ.


rule translate:
    input:
        model="results/{study}/runs/{run}/model",
        source=lambda w: f"results/{w.study}/testsets/{w.testset}/{w.direction.split('-')[0]}.txt",
        references=lambda w: f"results/{w.study}/testsets/{w.testset}/{w.direction.split('-')[1]}.txt",
    output:
        "results/{study}/translations/{run}/{testset}.{direction}.txt",
    log:
        "results/{study}/logs/translate/{run}/{testset}.{direction}.log",
    benchmark:
        "results/{study}/benchmarks/translate/{run}/{testset}.{direction}.tsv"
    conda:
        "../environment.yaml"
    resources:
        mem_mb=lambda w, attempt: attempt * 4000,
        gpu=0,
    params:
        search=STUDY.search.model_dump_json(),
        languages=lambda w: "--source {} --target {}".format(*w.direction.split("-")),
    # By torch always: a study's numbers are not to depend on which packages a machine happens to have.
    shell:
        "python -m model.machine.lease {resources.gpu} -- python -m model.translate --model {input.model} {params.languages}"
        " --input {input.source} --output {output} --references {input.references}"
        " --search {params.search:q} --engine torch --threads {threads} > {log} 2>&1"


rule score:
    input:
        testset=lambda w: testset_files(w.testset),
        text=lambda w: text_of([pair_of(w.direction)]),
        hypotheses="results/{study}/translations/{run}/{testset}.{direction}.txt",
    output:
        "results/{study}/scores/{run}/{testset}.{direction}.json",
    log:
        "results/{study}/logs/score/{run}/{testset}.{direction}.log",
    conda:
        "../environment.yaml"
    params:
        study="results/{study}/study.json",
        testset="results/{study}/testsets/{testset}",
        text="results/{study}/text",
        settings=settings("metrics", "comet"),
    shell:
        "python -m workflow_scripts.evaluation.score --study {params.study} --run {wildcards.run} --testset {params.testset}"
        " --text {params.text} {wildcards.direction} {input.hypotheses} {output} > {log} 2>&1"


rule compare:
    input:
        testset=lambda w: testset_files(w.testset),
        hypotheses="results/{study}/translations/{run}/{testset}.{direction}.txt",
        baseline=lambda w: translation_file(
            plan_models.model_for(STUDY, w.baseline, w.direction), w.testset, w.direction
        ),
    output:
        "results/{study}/comparisons/{baseline}/{run}/{testset}.{direction}.{test}.json",
    log:
        "results/{study}/logs/compare/{baseline}/{run}/{testset}.{direction}.{test}.log",
    conda:
        "../environment.yaml"
    params:
        study="results/{study}/study.json",
        testset="results/{study}/testsets/{testset}",
        settings=lambda w: (
            settings("seed", "comet", "significance"),
            plan_tables.compared_metrics(STUDY, w.baseline, w.test),
        ),
    shell:
        "python -m workflow_scripts.evaluation.compare --study {params.study} --run {wildcards.run} --baseline {wildcards.baseline}"
        " --test {wildcards.test} --testset {params.testset} {wildcards.direction} {input.hypotheses} {input.baseline}"
        " {output} > {log} 2>&1"
