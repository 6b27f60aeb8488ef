# The only Python among the rules: the study, and what rules ask of it.
#
# The parameter `settings` of a job is the part of the study that it depends on. No command reads it. It is there for
# Snakemake to see that this part has changed. The commands read study.json, which is no input, so that a change
# elsewhere in the study does not run them again; it is written when Snakemake starts to work.

import fcntl
import json
import os
import re
import sys
from pathlib import Path

# Commands find this project's packages, and the Python that Snakemake runs with, from whatever folder they start.
sys.path.insert(0, workflow.basedir)
for name, folder in (("PYTHONPATH", workflow.basedir), ("PATH", os.path.dirname(sys.executable))):
    os.environ[name] = os.pathsep.join(filter(None, [str(folder), os.environ.get(name)]))

os.environ.setdefault("TQDM_MININTERVAL", "15")  # seconds between the lines that libraries' bars leave in a log

from model.command import UserError
from model.config import write_json
from workflow_scripts import plan
from workflow_scripts.languages import directions, pair_of
from workflow_scripts.study import parse_study, to_json

try:
    STUDY = parse_study(config, where=str((workflow.configfiles or ["config.yaml"])[-1]))
    MODELS = plan.trained_models(STUDY)
    RESOURCES = plan.resources(STUDY)
    for pair in plan.all_pairs(STUDY):
        plan.corpora_of(STUDY, pair), plan.vocabulary_of(STUDY, pair)
    for model in MODELS.values():
        plan.shards(STUDY, model)
except UserError as error:
    sys.exit(f"error: {error}")

FULL_STUDY = to_json(STUDY)
CODES = plan.languages(plan.all_pairs(STUDY))


onstart:
    # The lock goes with this process however it ends, unlike Snakemake's own, which a killed run leaves behind.
    os.makedirs(f"results/{STUDY.study}", exist_ok=True)
    LOCK = open(f"results/{STUDY.study}/.lock", "a")
    try:
        fcntl.flock(LOCK, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"error: another Snakemake works on results/{STUDY.study}; wait for it, or stop it")
    try:
        write_json(f"results/{STUDY.study}/study.json", FULL_STUDY)
    except OSError as error:
        sys.exit(
            f"error: {error.filename}: {error.strerror}; free space or mend the path, and run the command again"
        )


wildcard_constraints:
    study=STUDY.study,
    pair="|".join(plan.all_pairs(STUDY)),
    direction="|".join(d for pair in plan.all_pairs(STUDY) for d in directions(pair)),
    group="|".join(STUDY.pairs),
    run="|".join(MODELS),
    testset="|".join(STUDY.testsets),
    table="|".join(STUDY.tables or ["-"]),
    figure="|".join(STUDY.figures or ["-"]),
    resource="|".join(re.escape(path.removeprefix("resources/")) for path in RESOURCES) or "-",


def settings(*keys):
    """The values of some top-level keys of the study, as JSON."""
    return json.dumps({key: FULL_STUDY[key] for key in keys}, sort_keys=True)


def text_of(pairs):
    return [f"results/{STUDY.study}/text/{pair}.parquet" for pair in pairs]


def testset_files(*names):
    return [f"results/{STUDY.study}/testsets/{n}/{code}.txt" for n in names or STUDY.testsets for code in CODES]


def table_files(name):
    return expand("results/{study}/tables/{name}.{ending}", study=STUDY.study, name=name, ending=TABLE_ENDINGS)


TABLE_ENDINGS = ["tsv", "md", "tex", "html"]


def score_file(model, testset, direction):
    return f"results/{STUDY.study}/scores/{model}/{testset}.{direction}.json"


def table_scores(name):
    return [score_file(*row) for row in plan.table_models(STUDY, name)]


def default_scores():
    return list(dict.fromkeys(f for n, table in STUDY.tables.items() if table.default for f in table_scores(n)))


def other_scores():
    """Scores of the other tables, as far as they have been made; nothing makes them for this reason alone."""
    return [f for n in STUDY.tables for f in table_scores(n) if os.path.exists(f) and f not in default_scores()]


def figure_models(name):
    return [model for model, trained in MODELS.items() if trained.system in STUDY.figures[name].runs]


def vocabulary_of(direction):
    return plan.vocabulary_of(STUDY, pair_of(direction))
