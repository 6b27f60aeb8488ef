# Shards → models. Checkpoints are no outputs, because Snakemake deletes those of a job that fails: a job that is
# started again finds them and continues.


rule run_config:
    output:
        "results/{study}/runs/{run}/run.json",
    log:
        "results/{study}/logs/run_config/{run}.log",
    conda:
        "../environment.yaml"
    params:
        study="results/{study}/study.json",
        settings=lambda w: plan_run_config.run_config(STUDY, w.run).model_dump_json(),
    shell:
        "python -m workflow_scripts.plan.run_config --study {params.study} --run {wildcards.run} {output} > {log} 2>&1"


rule train:
    input:
        lambda w: leaks_of(plan_shards.shards(STUDY, MODELS[w.run])),
        plan_subwords.learned_subwords(STUDY),
        run="results/{study}/runs/{run}/run.json",
        vocabulary=lambda w: plan_run_config.run_config(STUDY, w.run).vocabulary,
        shards=lambda w: plan_shards.shards(STUDY, MODELS[w.run]),
        dev=lambda w: plan_shards.dev_shards(STUDY, MODELS[w.run]),
        init=lambda w: plan_models.init_folder(STUDY, MODELS[w.run]) or [],
    output:
        model=directory("results/{study}/runs/{run}/model"),
        metrics="results/{study}/runs/{run}/metrics.jsonl",
    log:
        "results/{study}/logs/train/{run}.log",
    benchmark:
        "results/{study}/benchmarks/train/{run}.tsv"
    conda:
        "../environment.yaml"
    # Models of one direction train side by side, a core each; one of many directions takes the machine.
    threads: lambda w: 1 if MODELS[w.run].row.per else ALL_CORES
    resources:
        mem_mb=8000,  # of every attempt: to start again is most often to continue
        gpu=0,  # to have of their own; 0: what the machine has, which jobs then share
        processes=1,  # --set-resources train:gpu=8 train:processes=8 for the eight GPUs of a machine
    # `tee` outlives what stops the training, so that it can say so.
    shell:
        "python -m model.machine.lease {resources.gpu} -- python -m model.train {input.run} --threads {threads}"
        " --processes {resources.processes} 2>&1"
        " | (trap '' INT TERM USR1; exec tee {log})"
