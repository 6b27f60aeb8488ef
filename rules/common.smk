# The only Python among the rules: the study, and what rules ask of it.
#
# The parameter `settings` of a job is the part of the study that it depends on. No command reads it. It is there for
# Snakemake to see that this part has changed. The commands read study.json, which is no input, so that a change
# elsewhere in the study does not run them again; it is written when Snakemake starts to work.

import json
import os
import re
import signal
import sys
from pathlib import Path
from typing import get_args

# Commands find this project's packages, and the Python that Snakemake runs with, from whatever folder they start.
sys.path.insert(0, workflow.basedir)
for name, folder in (("PYTHONPATH", workflow.basedir), ("PATH", os.path.dirname(sys.executable))):
    os.environ[name] = os.pathsep.join(filter(None, [str(folder), os.environ.get(name)]))

# A job of Slurm has a Snakemake of its own, and a signal to the job comes to all in it. The one sent some minutes before
# the time limit is for the training, which saves; nothing else shall end of it (profiles/cluster/config.yaml).
signal.signal(signal.SIGUSR1, signal.SIG_IGN)

ALL_CORES = 1024  # of a machine: Snakemake lowers it to those of --cores, or to max-threads of a profile

os.environ.setdefault("TQDM_MININTERVAL", "15")  # seconds between the lines that libraries' bars leave in a log

from model.command import UserError
from model.records import write_json
from workflow_scripts import metrics
from workflow_scripts.plan import backtranslation as plan_backtranslation
from workflow_scripts.plan import cards as plan_cards
from workflow_scripts.plan import checks as plan_checks
from workflow_scripts.plan import default_target as plan_default_target
from workflow_scripts.plan import dictionaries as plan_dictionaries
from workflow_scripts.plan import figures as plan_figures
from workflow_scripts.plan import models as plan_models
from workflow_scripts.plan import run_config as plan_run_config
from workflow_scripts.plan import sensitivities as plan_sensitivities
from workflow_scripts.plan import shards as plan_shards
from workflow_scripts.plan import subwords as plan_subwords
from workflow_scripts.plan import supplies as plan_supplies
from workflow_scripts.plan import tables as plan_tables
from workflow_scripts.plan import testsets as plan_testsets
from workflow_scripts.plan import texts as plan_texts
from workflow_scripts.plan import training_data as plan_training_data
from workflow_scripts.directions import codes, directions, pair_of
from workflow_scripts.sources import SOURCES
from workflow_scripts.study.read import parse_study, to_json
from workflow_scripts.study.runs import Kind
from workflow_scripts.study.tables import Test

try:
    where = str(workflow.configfiles[-1])
    STUDY = parse_study(config, where)
    MODELS = plan_models.trained_models(STUDY)
    plan_checks.check(STUDY, where)
    plan_backtranslation.check(STUDY, where)
    plan_sensitivities.check(STUDY, where)
    plan_figures.check(STUDY, where)
    plan_tables.check(STUDY, where)
    metrics.check(STUDY.metrics)
    DICTIONARIES = plan_dictionaries.all_dictionaries(STUDY)
    NEEDS = plan_supplies.needs(STUDY, DICTIONARIES)
    plan_supplies.check_fetched(NEEDS)
    if STUDY.mode == "offline" and not all(plan_supplies.is_at_hand(STUDY, need.resource) for need in NEEDS.values()):
        print(plan_supplies.shopping_list(STUDY, NEEDS.values()), file=sys.stderr)
        raise UserError(f"{where}: mode is offline, and the files listed above are not at hand; put them there")
except UserError as error:
    sys.exit(f"error: {error}")

FULL_STUDY = to_json(STUDY)
DEFAULT_MODELS = plan_default_target.default_models(STUDY)
DEFAULT_SCORES = plan_default_target.default_scores(STUDY)
PARTS = len(scatter.parts("{scatteritem}"))  # jobs that make the shards of a direction
CODES = plan_texts.study_languages(STUDY)
PAIR_CODES = plan_texts.pair_languages(STUDY)
LANGUAGES = sorted(plan_texts.monolingual_languages(STUDY))  # that have text of their own
HELD_OUT = [name for name in STUDY.testsets if name not in plan_testsets.named_testsets(STUDY)]


wildcard_constraints:
    study=STUDY.study,
    pair="|".join(plan_texts.all_pairs(STUDY)),
    direction="|".join([d for pair in plan_texts.all_pairs(STUDY) for d in directions(pair)] + LANGUAGES),
    kind="|".join(get_args(Kind)),
    group="|".join(STUDY.pairs),
    run="|".join(MODELS),
    testset="|".join(STUDY.testsets),
    table="|".join(STUDY.tables or ["-"]),
    baseline="|".join(STUDY.runs),
    test="|".join(get_args(Test)),
    figure="|".join(STUDY.figures or ["-"]),
    text="|".join(plan_texts.texts(STUDY)),
    objective="[a-z_]+",
    language="|".join(CODES),
    batches="{}|({})?({})".format(plan_sensitivities.EVERY, plan_sensitivities.NOT, "|".join(CODES)),
    ratio="[0-9.e-]+",
    resource="|".join(re.escape(path.removeprefix("resources/")) for path in NEEDS) or "-",


def settings(*keys):
    """The values of some top-level keys of the study, as JSON."""
    return json.dumps({key: FULL_STUDY[key] for key in keys}, sort_keys=True)


def text_of(pairs):
    return [f"results/{STUDY.study}/text/{pair}.parquet" for pair in pairs]


def report_files(texts):
    """What cleaning says of some texts."""
    return [f"results/{STUDY.study}/text/{text}.report.json" for text in texts]


def testset_files(*names):
    """Files of some test and dev sets, of all if none is named; one that is held out has the languages of pairs alone."""
    return [
        f"results/{STUDY.study}/testsets/{name}/{code}.txt"
        for name in names or STUDY.testsets
        for code in (PAIR_CODES if name in HELD_OUT else CODES)
    ]


def table_files(name):
    return expand("results/{study}/tables/{name}.{ending}", study=STUDY.study, name=name, ending=TABLE_ENDINGS)


TABLE_ENDINGS = ["tsv", "md", "tex", "html"]  # the last goes into the report of `snakemake --report`


def targets():
    """The files of each table and figure of the study, by its name. Ends the program where a name is taken."""
    found = {}
    parts = {"tables": table_files, "figures": lambda name: f"results/{STUDY.study}/figures/{name}.svg"}
    for part, files in parts.items():
        for name in FULL_STUDY[part]:
            if name in found or workflow.is_rule(name):
                sys.exit(f"error: {where}: {part}.{name}: another target or step has that name; choose another")
            found[name] = files(name)
    return found


def translation_file(model, testset, direction):
    return f"results/{STUDY.study}/translations/{model}/{testset}.{direction}.txt"


def table_scores(name):
    return plan_tables.score_files(STUDY, plan_tables.table_models(STUDY, name))


def tables_of_kind(kind):
    """The names of the study's tables of a kind, for a wildcard."""
    return "|".join(name for name, table in STUDY.tables.items() if table.kind == kind) or "-"


def figures_of(*kinds):
    """The names of the study's figures of some kinds, for a wildcard."""
    return "|".join(name for name, figure in STUDY.figures.items() if figure.kind in kinds) or "-"


def figure_folders(name):
    """The model folders of a figure by the names of the models."""
    return {model: f"results/{STUDY.study}/runs/{model}/model" for model in plan_figures.figure_models(STUDY, name)}


def named_folders(name):
    return [f"{model}={folder}" for model, folder in figure_folders(name).items()]


def vocabulary_of(direction):
    return plan_subwords.vocabulary_of(STUDY, pair_of(direction))


def dictionary_files(direction):
    return [
        f"results/{STUDY.study}/dictionaries/{name}.tsv" for name in plan_dictionaries.dictionaries_of(STUDY, direction)
    ]


def shards_of_all(shards):
    """What `plan_shards.shards` or `plan_shards.dev_shards` says of all models."""
    return list(dict.fromkeys(folder for model in MODELS.values() for folder in shards(STUDY, model)))


def shards_of_text():
    """Those that all models train on and no model makes."""
    return [
        folder for folder in shards_of_all(plan_shards.shards) if Path(folder).parent.name != plan_backtranslation.KIND
    ]


def substituted_shards():
    """Those that coverage is counted in: codeswitched ones, of the same text, only where there are no others."""
    kinds = {kind: [] for kind in get_args(Kind)}
    for folder in shards_of_all(plan_shards.shards):
        kinds[Path(folder).parent.name].append(folder)
    return kinds["substituted"] or kinds["codeswitched"]


def coverage_by_default():
    """The table of coverage, where the default target makes all shards that are counted in it."""
    made = {folder for name in DEFAULT_MODELS for folder in plan_shards.shards(STUDY, MODELS[name])}
    counted = set(substituted_shards())
    return [f"results/{STUDY.study}/dictionaries/coverage.tsv"] if counted and counted <= made else []


def leaks_of(folders):
    return [f"{folder}.leaks.json" for folder in folders]


def megabytes(paths):
    """Size of files, and of folders of files. Of what is not there yet Snakemake then says <TBD>."""
    files = [file for path in map(Path, paths) for file in (path.iterdir() if path.is_dir() else [path])]
    return round(sum(file.stat().st_size for file in files) / 1e6)


def described(path):
    """A file to fetch, for people: its datasets, size, licence and address."""
    resource = NEEDS[path].resource
    about = plan_supplies.size(resource.size), resource.licence, resource.addresses[0]
    return f"{resource.item.dataset.name} ({', '.join(about)})"


def fetched(paths):
    """What a job waits for: the manifests of files that are fetched, and the user's own files themselves."""
    return [f"{path}.json" if path in NEEDS else path for path in paths]


def read_as(item):
    """What the text of a dataset depends on; where it comes from and under which licence is no reason to read it again."""
    return item.model_dump(mode="json", exclude={"address", "mirrors", "licence", "limits", "sha256", "bytes"})


def merging_settings(direction):
    """What the merged dictionary of a direction depends on."""
    items = [read_as(item) for item in plan_dictionaries.dictionary_items(STUDY, direction)]
    chosen = [FULL_STUDY["dictionaries"][key] for key in ("values", "multiword", "order")]
    return json.dumps([items, chosen, FULL_STUDY["segmenters"], STUDY.substitution.top_words])


def induction_settings():
    """What an induced dictionary depends on."""
    chosen = [FULL_STUDY["dictionaries"][key] for key in ("candidates", "min_count", "min_score", "iterations")]
    return json.dumps([chosen, FULL_STUDY["segmenters"], STUDY.substitution.top_words])


def cleaning_settings(text):
    """What a text's cleaning depends on: its datasets and the filters."""
    items = [read_as(item) for item in plan_texts.corpora_of(STUDY, text)]
    return json.dumps({"items": items, "filters": FULL_STUDY["filters"]})


def testset_sources(name):
    """The files that a test set is read from."""
    parts = plan_testsets.testset_parts(STUDY, name)
    found = [place.path for item, codes in parts for place in SOURCES[item.dataset.source].places(item, codes)]
    return list(dict.fromkeys(found))


def tables_of(direction):
    """The files that hold dictionaries of a direction."""
    found = (
        SOURCES[item.dataset.source].places(item, codes(direction))
        for item in plan_dictionaries.dictionary_items(STUDY, direction)
    )
    return list(dict.fromkeys(place.path for places in found for place in places))


def threads_of(text):
    """Many for a text of large or unknown files, else one: Snakemake then works on several texts side by side."""
    paths = plan_texts.files_of(STUDY, text)
    sizes = [NEEDS[path].resource.size if path in NEEDS else os.path.getsize(path) for path in paths]
    return 8 if None in sizes or sum(sizes) > 200e6 else 1
