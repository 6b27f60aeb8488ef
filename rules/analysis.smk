# Models → sensitivity of their parameters, scores after pruning, and distances of words and lines of different languages
# → tables of figures.


rule sensitivity:
    input:
        # What changes in it and counts changes the model.
        run=lambda w: ancient(f"results/{w.study}/runs/{MODELS[w.run].training}/run.json"),
        model="results/{study}/runs/{run}/model",
        shards=lambda w: PLAN.shards.of_model(MODELS[w.run]),
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
        of=lambda w: sensitivities.batches_options(w.batches),
        batches=STUDY.sensitivity.batches,
        dropout=[] if STUDY.sensitivity.dropout else ["--no-dropout"],
    shell:
        "python -m model.machine.lease {resources.gpu:q} -- python -m model.analysis.sensitivity {input.run:q}"
        " --model {input.model:q} --objective {wildcards.objective:q} {params.of:q} --batches {params.batches:q}"
        " {params.dropout:q} --threads {threads} {output.vector:q} > {log:q} 2>&1"


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
        "python -m model.analysis.prune {input.model:q} --sensitivity {input.own:q} --others {input.others:q}"
        " --ratio {wildcards.ratio:q} {output:q} > {log:q} 2>&1"


use rule translate as translate_pruned with:
    input:
        model="results/{study}/pruning/{run}/{objective}.{language}.{ratio}/model",
        testset=lambda w: sides(w.testset, w.direction),
    output:
        "results/{study}/pruning/{run}/{objective}.{language}.{ratio}/{testset}.{direction}.txt",
    log:
        "results/{study}/logs/translate_pruned/{run}/{objective}.{language}.{ratio}/{testset}.{direction}.log",
    benchmark:
        "results/{study}/benchmarks/translate_pruned/{run}/{objective}.{language}.{ratio}/{testset}.{direction}.tsv"


use rule score as score_pruned with:
    input:
        testset=lambda w: sides(w.testset, w.direction),
        text=lambda w: FILES.texts([pair_of(w.direction)]),
        hypotheses="results/{study}/pruning/{run}/{objective}.{language}.{ratio}/{testset}.{direction}.txt",
    output:
        "results/{study}/pruning/{run}/{objective}.{language}.{ratio}/{testset}.{direction}.json",
    log:
        "results/{study}/logs/score_pruned/{run}/{objective}.{language}.{ratio}/{testset}.{direction}.log",


rule embeddings:
    input:
        models=lambda w: FILES.models(PLAN.figures.models(w.figure)),
        dictionaries=lambda w: FILES.dictionaries(PLAN.dictionaries.of_figure(w.figure)),
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
        models=lambda w: FILES.named_models(PLAN.figures.models(w.figure)),
        entries=lambda w: STUDY.figures[w.figure].entries,
    shell:
        "python -m model.analysis.embeddings {params.analysis:q} {output:q} --dictionaries {input.dictionaries:q}"
        " --models {params.models:q} --entries {params.entries:q} > {log:q} 2>&1"


rule retrieve:
    input:
        testset=lambda w: FILES.testsets(STUDY.figures[w.figure].test_set),
        models=lambda w: FILES.models(PLAN.figures.models(w.figure)),
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
        directions=lambda w: PLAN.figures.retrieval_directions(w.figure),
        models=lambda w: FILES.named_models(PLAN.figures.models(w.figure)),
    shell:
        "python -m model.machine.lease {resources.gpu:q} -- python -m model.analysis.retrieval {output:q}"
        " --testset {input.testset:q} --directions {params.directions:q} --models {params.models:q} --threads {threads}"
        " > {log:q} 2>&1"
