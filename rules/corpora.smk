# Corpora → clean text without test segments, one Parquet file for each pair or language.


# Only the manifest is an output, and it is updated: Snakemake deletes other outputs before a job runs and when it fails. A
# fetched file must be kept: it may be large, placed by hand, or used by another study. So must its manifest, which knows
# where the file came from, and whose change would make the text of all studies again. The settings are a resource and
# not a parameter, because another mirror or another name of the study is no reason to fetch a file again.
rule fetch:
    output:
        update("resources/{resource}.json"),
    log:
        "resources/logs/{resource}.log",
    localrule: True
    conda:
        "../environment.yaml"
    resources:
        net=1,
        settings=lambda w: SETTINGS.path("fetch", w.resource),
        what=lambda w: PLAN.supplies.described(f"resources/{w.resource}"),
    message:
        "fetch {resources.what}"
    shell:
        "python -m workflow_scripts.corpora.fetch --settings {resources.settings:q} resources/{wildcards.resource:q}"
        " > {log:q} 2>&1"


rule clean:
    input:
        lambda w: FILES.fetched(PLAN.texts.files(w.text)),
    output:
        text="results/{study}/cleaned/{text}.parquet",
        report="results/{study}/cleaned/{text}.report.json",
    log:
        "results/{study}/logs/clean/{text}.log",
    benchmark:
        "results/{study}/benchmarks/clean/{text}.tsv"
    conda:
        "../environment.yaml"
    threads: lambda w: FILES.threads(w.text)
    resources:
        mem_mb=lambda w, attempt: attempt * FILES.cleaning_megabytes(w.text),
    params:
        settings=lambda w: SETTINGS.path("clean", w.text),
    shell:
        "python -m workflow_scripts.corpora.clean --settings {params.settings:q} --text {wildcards.text:q}"
        " --threads {threads} {output.text:q} {output.report:q} > {log:q} 2>&1"


rule read_testset:
    input:
        lambda w: FILES.fetched(FILES.testset_sources(w.testset)),
    output:
        directory("results/{study}/testsets/{testset}"),
    log:
        "results/{study}/logs/read_testset/{testset}.log",
    wildcard_constraints:
        testset=one_of(PLAN.testsets.named),
    conda:
        "../environment.yaml"
    params:
        settings=lambda w: SETTINGS.path("read_testset", w.testset),
    shell:
        "python -m workflow_scripts.corpora.read_testset --settings {params.settings:q} {output:q} > {log:q} 2>&1"


if PLAN.testsets.held_out:

    rule hold_out:
        input:
            [f"results/{STUDY.study}/cleaned/{pair}.parquet" for pair in PLAN.texts.pairs],
            named=[FILES.testsets(name) for name in PLAN.testsets.named if name in PLAN.testsets.decontaminated],
        output:
            [directory(folder) for folder in FILES.testsets(*PLAN.testsets.held_out)],
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
            cleaned=subpath(input[0], parent=True),
            testsets=subpath(output[0], parent=True),
            settings=lambda w: SETTINGS.path("hold_out"),
        shell:
            "python -m workflow_scripts.corpora.hold_out --settings {params.settings:q} --threads {threads}"
            " {params.cleaned:q} {params.testsets:q} --named {input.named:q} > {log:q} 2>&1"


rule decontaminate:
    input:
        testsets=FILES.held_back(),
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
    threads: lambda w: FILES.threads(w.text)
    resources:
        mem_mb=lambda w, input, attempt: attempt * (1500 + megabytes([input.text]) // 4),
    params:
        settings=lambda w: SETTINGS.path("decontaminate", w.text),
    shell:
        "python -m workflow_scripts.corpora.decontaminate --settings {params.settings:q} --threads {threads}"
        " --testsets {input.testsets:q} --cleaned {input.text:q} --report {input.report:q} {output.text:q} {output.report:q}"
        " > {log:q} 2>&1"


rule credits:
    input:
        FILES.manifests(),
        reports=FILES.reports(PLAN.texts.names),
    output:
        f"results/{STUDY.study}/CORPORA.md",
    log:
        f"results/{STUDY.study}/logs/credits.log",
    conda:
        "../environment.yaml"
    params:
        settings=lambda w: SETTINGS.path("credits"),
        text=lambda w, input: str(Path(input.reports[0]).parent),
    shell:
        "python -m workflow_scripts.corpora.credits --settings {params.settings:q} {params.text:q} {output:q}"
        " > {log:q} 2>&1"
