# Corpora → clean text, one Parquet file a pair or language, without any test segment.


# The output is the manifest alone: Snakemake deletes the outputs of a job before it runs and when it fails, and gigabytes
# that are here already, perhaps put here by hand or used by another study, shall stay. The study is among the resources
# and not among the parameters, because another study's name is no reason to fetch a file again.
rule fetch:
    output:
        "resources/{resource}.json",
    log:
        "resources/logs/{resource}.log",
    localrule: True
    conda:
        "../environment.yaml"
    resources:
        net=1,
        study=f"results/{STUDY.study}/study.json",
        what=lambda w: described(f"resources/{w.resource}"),
    message:
        "fetch {resources.what}"
    shell:
        "python -m workflow_scripts.corpora.fetch --study {resources.study} resources/{wildcards.resource} > {log} 2>&1"


rule clean:
    input:
        lambda w: fetched(plan_texts.files_of(STUDY, w.text)),
    output:
        text="results/{study}/cleaned/{text}.parquet",
        report="results/{study}/cleaned/{text}.report.json",
    log:
        "results/{study}/logs/clean/{text}.log",
    benchmark:
        "results/{study}/benchmarks/clean/{text}.tsv"
    conda:
        "../environment.yaml"
    threads: lambda w: threads_of(w.text)
    resources:
        mem_mb=lambda w, attempt: attempt * 2000,
    params:
        study="results/{study}/study.json",
        settings=lambda w: cleaning_settings(w.text),
    shell:
        "python -m workflow_scripts.corpora.clean --study {params.study} --text {wildcards.text} --threads {threads}"
        " {output.text} {output.report} > {log} 2>&1"


rule read_testset:
    input:
        lambda w: fetched(testset_sources(w.testset)),
    output:
        expand("results/{{study}}/testsets/{{testset}}/{code}.txt", code=CODES),
    log:
        "results/{study}/logs/read_testset/{testset}.log",
    wildcard_constraints:
        testset="|".join(plan_testsets.named_testsets(STUDY)) or "-",
    conda:
        "../environment.yaml"
    params:
        study="results/{study}/study.json",
        folder=subpath(output[0], parent=True),
        settings=lambda w: [read_as(item) for item in STUDY.testsets[w.testset]],
    shell:
        "python -m workflow_scripts.corpora.read_testset --study {params.study} {wildcards.testset} {params.folder} > {log} 2>&1"


if HELD_OUT:

    rule hold_out:
        input:
            text=[f"results/{STUDY.study}/cleaned/{pair}.parquet" for pair in plan_texts.all_pairs(STUDY)],
        output:
            testset_files(*HELD_OUT),
        log:
            f"results/{STUDY.study}/logs/hold_out.log",
        benchmark:
            f"results/{STUDY.study}/benchmarks/hold_out.tsv"
        conda:
            "../environment.yaml"
        threads: ALL_CORES
        resources:
            mem_mb=lambda w, attempt: attempt * 2000,
        params:
            study=f"results/{STUDY.study}/study.json",
            cleaned=subpath(input[0], parent=True),
            testsets=subpath(output[0], ancestor=2),
            settings=settings("pairs", "testsets", "seed"),
        shell:
            "python -m workflow_scripts.corpora.hold_out --study {params.study} --threads {threads}"
            " {params.cleaned} {params.testsets} > {log} 2>&1"


rule decontaminate:
    input:
        testsets=testset_files(),
        text="results/{study}/cleaned/{text}.parquet",
        report="results/{study}/cleaned/{text}.report.json",
    output:
        text="results/{study}/text/{text}.parquet",
        report="results/{study}/text/{text}.report.json",
    log:
        "results/{study}/logs/decontaminate/{text}.log",
    benchmark:
        "results/{study}/benchmarks/decontaminate/{text}.tsv"
    conda:
        "../environment.yaml"
    threads: lambda w: threads_of(w.text)
    resources:
        mem_mb=lambda w, attempt: attempt * 2000,
    params:
        limit=lambda w: f"--limit {STUDY.limits[w.text]} --seed {STUDY.seed}" if w.text in STUDY.limits else "",
    shell:
        "python -m workflow_scripts.corpora.decontaminate --testsets {input.testsets} {params.limit} --threads {threads}"
        " --cleaned {input.text} --report {input.report} {output.text} {output.report} > {log} 2>&1"


rule credits:
    input:
        [f"{path}.json" for path in NEEDS],
        reports=[f"results/{STUDY.study}/text/{text}.report.json" for text in plan_texts.texts(STUDY)],
    output:
        f"results/{STUDY.study}/CORPORA.md",
    log:
        f"results/{STUDY.study}/logs/credits.log",
    conda:
        "../environment.yaml"
    params:
        study=f"results/{STUDY.study}/study.json",
        text=lambda w, input: str(Path(input.reports[0]).parent),
    shell:
        "python -m workflow_scripts.corpora.credits --study {params.study} {params.text} {output} > {log} 2>&1"
