# Systems from elsewhere, which are not trained here → their models and translations.


rule import_huggingface:
    input:
        lambda w: PLAN.models.externals("huggingface")[w.run],
    output:
        directory("results/{study}/runs/{run}/model"),
    log:
        "results/{study}/logs/import_huggingface/{run}.log",
    benchmark:
        "results/{study}/benchmarks/import_huggingface/{run}.tsv"
    wildcard_constraints:
        run=one_of(PLAN.models.externals("huggingface")),
    conda:
        "../environment.yaml"
    resources:
        mem_mb=lambda w, input, attempt: attempt * (2000 + 3 * megabytes(input)),
    shell:
        "python -m model.interop.import_huggingface {input:q} {output:q} > {log:q} 2>&1"


rule copy_model:
    input:
        lambda w: PLAN.models.externals("model")[w.run],
    output:
        directory("results/{study}/runs/{run}/model"),
    log:
        "results/{study}/logs/copy_model/{run}.log",
    wildcard_constraints:
        run=one_of(PLAN.models.externals("model")),
    conda:
        "../environment.yaml"
    shell:
        "cp -RL {input:q} {output:q} > {log:q} 2>&1"


rule copy_translation:
    input:
        lambda w: f"{PLAN.models.externals('translations')[w.run]}/{w.testset}.{w.direction}.txt",
    output:
        "results/{study}/translations/{run}/{testset}.{direction}.txt",
    log:
        "results/{study}/logs/copy_translation/{run}/{testset}.{direction}.log",
    wildcard_constraints:
        run=one_of(PLAN.models.externals("translations")),
    conda:
        "../environment.yaml"
    shell:
        "cp {input:q} {output:q} > {log:q} 2>&1"
