# Models → what their parameters are sensitive to, what is lost without those that a language needs least, and how near
# the words and lines of different languages lie → tables that figures are drawn from.


rule sensitivity:
    input:
        run="results/{study}/runs/{run}/run.json",
        model="results/{study}/runs/{run}/model",
        shards=lambda w: plan_shards.shards(STUDY, MODELS[w.run]),
    output:
        vector="results/{study}/sensitivity/{run}/{objective}.{batches}.npy",
        index="results/{study}/sensitivity/{run}/{objective}.{batches}.json",
    log:
        "results/{study}/logs/sensitivity/{run}/{objective}.{batches}.log",
    benchmark:
        "results/{study}/benchmarks/sensitivity/{run}/{objective}.{batches}.tsv"
    conda:
        "../environment.yaml"
    threads: ALL_CORES
    resources:
        mem_mb=lambda w, attempt: attempt * 8000,
        gpu=0,
    params:
        of=lambda w: plan_sensitivities.batches_options(w.batches),
        batches=STUDY.sensitivity.batches,
        dropout="" if STUDY.sensitivity.dropout else "--no-dropout",
    shell:
        "python -m model.machine.lease {resources.gpu} -- python -m model.analysis.sensitivity {input.run} --model {input.model}"
        " --objective {wildcards.objective} {params.of} --batches {params.batches} {params.dropout}"
        " --threads {threads} {output.vector} > {log} 2>&1"


rule correlate_languages:
    input:
        lambda w: plan_sensitivities.sensitivity_files(STUDY, w.figure),
    output:
        "results/{study}/figures/{figure}.tsv",
    log:
        "results/{study}/logs/correlate_languages/{figure}.log",
    benchmark:
        "results/{study}/benchmarks/correlate_languages/{figure}.tsv"
    wildcard_constraints:
        figure=figures_of("correlation"),
    conda:
        "../environment.yaml"
    resources:
        mem_mb=lambda w, attempt: attempt * 4000,
    params:
        compared="languages",
        root="results/{study}/sensitivity",
    shell:
        "python -m workflow_scripts.figures.correlation {params.compared} {output} --root {params.root} {input}"
        " > {log} 2>&1"


use rule correlate_languages as correlate_tasks with:
    log:
        "results/{study}/logs/correlate_tasks/{figure}.log",
    benchmark:
        "results/{study}/benchmarks/correlate_tasks/{figure}.tsv"
    wildcard_constraints:
        figure=figures_of("task_correlation"),
    params:
        compared="objectives",


rule sensitivity_distribution:
    input:
        lambda w: plan_sensitivities.sensitivity_files(STUDY, w.figure),
    output:
        "results/{study}/figures/{figure}.tsv",
    log:
        "results/{study}/logs/sensitivity_distribution/{figure}.log",
    benchmark:
        "results/{study}/benchmarks/sensitivity_distribution/{figure}.tsv"
    wildcard_constraints:
        figure=figures_of("violin"),
    conda:
        "../environment.yaml"
    resources:
        mem_mb=lambda w, attempt: attempt * 4000,
    params:
        root="results/{study}/sensitivity",
    shell:
        "python -m workflow_scripts.figures.violin {output} --root {params.root} {input} > {log} 2>&1"


rule prune:
    input:
        model="results/{study}/runs/{run}/model",
        own="results/{study}/sensitivity/{run}/{objective}.{language}.npy",
        others="results/{study}/sensitivity/{run}/{objective}.not_{language}.npy",
    output:
        temp(directory("results/{study}/pruning/{run}/{objective}.{language}.{ratio}/model")),
    log:
        "results/{study}/logs/prune/{run}/{objective}.{language}.{ratio}.log",
    benchmark:
        "results/{study}/benchmarks/prune/{run}/{objective}.{language}.{ratio}.tsv"
    conda:
        "../environment.yaml"
    resources:
        mem_mb=lambda w, attempt: attempt * 6000,
    shell:
        "python -m model.analysis.prune {input.model} --sensitivity {input.own} --others {input.others} --ratio {wildcards.ratio}"
        " {output} > {log} 2>&1"


use rule translate as translate_pruned with:
    input:
        model="results/{study}/pruning/{run}/{objective}.{language}.{ratio}/model",
        source=lambda w: f"results/{w.study}/testsets/{w.testset}/{w.direction.split('-')[0]}.txt",
        references=lambda w: f"results/{w.study}/testsets/{w.testset}/{w.direction.split('-')[1]}.txt",
    output:
        "results/{study}/pruning/{run}/{objective}.{language}.{ratio}/{testset}.{direction}.txt",
    log:
        "results/{study}/logs/translate_pruned/{run}/{objective}.{language}.{ratio}/{testset}.{direction}.log",
    benchmark:
        "results/{study}/benchmarks/translate_pruned/{run}/{objective}.{language}.{ratio}/{testset}.{direction}.tsv"


use rule score as score_pruned with:
    input:
        testset=lambda w: testset_files(w.testset),
        text=lambda w: text_of([pair_of(w.direction)]),
        hypotheses="results/{study}/pruning/{run}/{objective}.{language}.{ratio}/{testset}.{direction}.txt",
    output:
        "results/{study}/pruning/{run}/{objective}.{language}.{ratio}/{testset}.{direction}.json",
    log:
        "results/{study}/logs/score_pruned/{run}/{objective}.{language}.{ratio}/{testset}.{direction}.log",


rule collect_pruned_scores:
    input:
        lambda w: plan_sensitivities.pruned_scores(STUDY, w.figure),
        lambda w: plan_sensitivities.whole_scores(STUDY, w.figure),
    output:
        "results/{study}/figures/{figure}.tsv",
    log:
        "results/{study}/logs/collect_pruned_scores/{figure}.log",
    wildcard_constraints:
        figure=figures_of("pruning"),
    conda:
        "../environment.yaml"
    params:
        study="results/{study}/study.json",
        metric=lambda w: STUDY.figures[w.figure].metric,
    shell:
        "python -m workflow_scripts.figures.pruning --study {params.study} --figure {wildcards.figure} {output}"
        " > {log} 2>&1"


rule embeddings:
    input:
        models=lambda w: figure_folders(w.figure).values(),
        dictionaries=lambda w: expand(
            "results/{study}/dictionaries/{direction}.tsv",
            study=w.study,
            direction=plan_dictionaries.word_dictionaries(STUDY, w.figure),
        ),
    output:
        "results/{study}/figures/{figure}.tsv",
    log:
        "results/{study}/logs/embeddings/{figure}.log",
    benchmark:
        "results/{study}/benchmarks/embeddings/{figure}.tsv"
    wildcard_constraints:
        figure=figures_of("similarity", "projection"),
    conda:
        "../environment.yaml"
    resources:
        mem_mb=lambda w, attempt: attempt * 4000,
    params:
        analysis=lambda w: STUDY.figures[w.figure].kind,
        models=lambda w: named_folders(w.figure),
        entries=lambda w: STUDY.figures[w.figure].entries,
    shell:
        "python -m model.analysis.embeddings {params.analysis} {output} --dictionaries {input.dictionaries}"
        " --models {params.models} --entries {params.entries} > {log} 2>&1"


rule retrieve:
    input:
        testset=lambda w: testset_files(STUDY.figures[w.figure].test_set),
        models=lambda w: figure_folders(w.figure).values(),
    output:
        "results/{study}/figures/{figure}.tsv",
    log:
        "results/{study}/logs/retrieve/{figure}.log",
    benchmark:
        "results/{study}/benchmarks/retrieve/{figure}.tsv"
    wildcard_constraints:
        figure=figures_of("retrieval"),
    conda:
        "../environment.yaml"
    threads: ALL_CORES
    resources:
        mem_mb=lambda w, attempt: attempt * 4000,
        gpu=0,
    params:
        testset=lambda w: f"results/{w.study}/testsets/{STUDY.figures[w.figure].test_set}",
        directions=lambda w: plan_figures.compared_directions(STUDY, w.figure),
        models=lambda w: named_folders(w.figure),
    shell:
        "python -m model.machine.lease {resources.gpu} -- python -m model.analysis.retrieval {output} --testset {params.testset}"
        " --directions {params.directions} --models {params.models} --threads {threads} > {log} 2>&1"
