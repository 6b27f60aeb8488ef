# Shards → models, and models from the checkpoints of others. Checkpoints are no outputs, because Snakemake deletes the
# outputs of a job that fails. So a job that is started again continues from its last checkpoint.


rule run_config:
    input:
        lambda w: PLAN.runs.measured(w.run),
    output:
        "results/{study}/runs/{run}/run.json",
    log:
        "results/{study}/logs/run_config/{run}.log",
    wildcard_constraints:
        run=one_of(TRAINED),
    conda:
        "../environment.yaml"
    params:
        settings=lambda w: SETTINGS.path("run_config", w.run),
    shell:
        "python -m workflow_scripts.plan.run_config --settings {params.settings:q} {output:q} > {log:q} 2>&1"


rule train:
    input:
        lambda w: map(ancient, leaks_of(PLAN.shards.of_model(MODELS[w.run]))),  # the check must have ended well
        PLAN.subwords.learned_file,
        "results/{study}/subwords/tokenizer.json",
        run=ancient("results/{study}/runs/{run}/run.json"),
        vocabulary=lambda w: PLAN.runs.config(w.run).vocabulary,
        shards=lambda w: PLAN.shards.of_model(MODELS[w.run]),
        dev=lambda w: PLAN.shards.dev(MODELS[w.run]),
        init=lambda w: PLAN.models.start_folder(MODELS[w.run]) or [],
    output:
        model=directory("results/{study}/runs/{run}/model"),
        metrics="results/{study}/runs/{run}/metrics.jsonl",
    log:
        "results/{study}/logs/train/{run}.log",
    benchmark:
        "results/{study}/benchmarks/train/{run}.tsv"
    wildcard_constraints:
        run=one_of(TRAINED),
    conda:
        "../environment.yaml"
    # Models of one direction are trained in parallel, on one core each; a model of many directions takes all cores.
    threads: lambda w: 1 if MODELS[w.run].row.per else ALL_CORES
    resources:
        # The same for every attempt, because most attempts continue a training. Each process has its own weights.
        mem_mb=lambda w, threads: max(8000, 4000 + 1000 * min(threads, 8)),
        gpu=0,  # for this job alone; 0: jobs share what the machine has
        code=lambda w: digest("model.train"),  # no parameter, since a change of it alone trains nothing again (start.smk)
        processes=0,  # 0: one for each thread, at most 8, or for each GPU of its own (--set-resources train:gpu=8)
    # Not all of run.json changes a model: this is a digest of what does; also of the code that chooses what is left open.
    params:
        weights=lambda w: PLAN.runs.weights(w.run)
        + (digest("model.config.amounts") if PLAN.runs.measured(w.run) else ""),
    # `tee` ignores the signals that stop the training, so that its last lines reach the log.
    shell:
        "python -m model.machine.lease {resources.gpu:q} -- python -m model.train {input.run:q} --threads {threads}"
        " --processes {resources.processes:q} --code {resources.code:q} 2>&1"
        " | (trap '' INT TERM USR1; exec tee {log:q})"


rule publish_checkpoint:
    input:
        lambda w: FILES.models([MODELS[w.run].training]),
    output:
        directory("results/{study}/runs/{run}/model"),
    log:
        "results/{study}/logs/publish_checkpoint/{run}.log",
    wildcard_constraints:
        run=one_of(PLAN.models.at_updates),
    conda:
        "../environment.yaml"
    resources:
        mem_mb=lambda w, attempt: attempt * 4000,
    params:
        after=lambda w: PLAN.models.at_updates[w.run],
    shell:
        "python -m model.training.publish_checkpoint {input:q} {params.after:q} {output:q} > {log:q} 2>&1"
