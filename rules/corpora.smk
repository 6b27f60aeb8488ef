# Corpora → clean text, one Parquet file a pair, without any test segment.


rule fetch:
    output:
        file="resources/{resource}",
        manifest="resources/{resource}.json",
    log:
        "resources/logs/{resource}.log",
    conda:
        "../environment.yaml"
    params:
        corpus=lambda w: json.dumps(FULL_STUDY["corpora"][RESOURCES[f"resources/{w.resource}"]]),
    shell:
        "python -m workflow_scripts.fetch --corpus {params.corpus:q} {output.file} > {log} 2>&1"


rule clean:
    input:
        corpora=lambda w: plan.files_of(STUDY, w.pair),
    output:
        text="results/{study}/cleaned/{pair}.parquet",
        report="results/{study}/cleaned/{pair}.report.json",
    log:
        "results/{study}/logs/clean/{pair}.log",
    benchmark:
        "results/{study}/benchmarks/clean/{pair}.tsv"
    conda:
        "../environment.yaml"
    resources:
        mem_mb=2000,
    params:
        study="results/{study}/study.json",
        settings=settings("corpora", "filters"),
    shell:
        "python -m workflow_scripts.clean --study {params.study} --pair {wildcards.pair}"
        " {output.text} {output.report} > {log} 2>&1"


rule hold_out:
    input:
        text=[f"results/{STUDY.study}/cleaned/{pair}.parquet" for pair in plan.all_pairs(STUDY)],
    output:
        testset_files(),
    log:
        f"results/{STUDY.study}/logs/hold_out.log",
    benchmark:
        f"results/{STUDY.study}/benchmarks/hold_out.tsv"
    conda:
        "../environment.yaml"
    resources:
        mem_mb=2000,
    params:
        study=f"results/{STUDY.study}/study.json",
        cleaned=subpath(input[0], parent=True),
        testsets=subpath(output[0], ancestor=2),
        settings=settings("pairs", "testsets", "seed"),
    shell:
        "python -m workflow_scripts.hold_out --study {params.study} {params.cleaned} {params.testsets} > {log} 2>&1"


rule decontaminate:
    input:
        testsets=testset_files(),
        text="results/{study}/cleaned/{pair}.parquet",
        report="results/{study}/cleaned/{pair}.report.json",
    output:
        text="results/{study}/text/{pair}.parquet",
        report="results/{study}/text/{pair}.report.json",
    log:
        "results/{study}/logs/decontaminate/{pair}.log",
    benchmark:
        "results/{study}/benchmarks/decontaminate/{pair}.tsv"
    conda:
        "../environment.yaml"
    resources:
        mem_mb=2000,
    params:
        testsets=lambda w, input: str(Path(input.testsets[0]).parents[1]),
        limit=lambda w: f"--limit {STUDY.limits[w.pair]} --seed {STUDY.seed}" if w.pair in STUDY.limits else "",
    shell:
        "python -m workflow_scripts.decontaminate --testsets {params.testsets} {params.limit}"
        " --cleaned {input.text} --report {input.report} {output.text} {output.report} > {log} 2>&1"
