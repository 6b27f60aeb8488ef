# What all rules stand on: the study, its plan, and what of Snakemake itself they need. What follows from a study, down to
# the names of files, is in workflow_scripts/plan; rules ask PLAN, FILES and SETTINGS.
#
# The parameter `settings` of a job is the file with what its command is told of the study. Its name holds a digest of
# what it says, so a job runs again when its own settings change, and no other.

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
from workflow_scripts.directions import directions, pair_of
from workflow_scripts.plan import checks, sensitivities
from workflow_scripts.plan.files import TABLE_ENDINGS, Files, leaks_of, megabytes
from workflow_scripts.plan.plan import Plan
from workflow_scripts.plan.settings import SettingsFiles
from workflow_scripts.study.read import parse_study
from workflow_scripts.study.runs import Kind
from workflow_scripts.study.tables import Test

where = str(workflow.configfiles[-1])
try:
    STUDY = parse_study(config, where)
    PLAN = Plan(STUDY)
    checks.check(PLAN, where)
except UserError as error:
    sys.exit(f"error: {error}")

FILES = Files(PLAN)
SETTINGS = SettingsFiles(PLAN)
MODELS = PLAN.models.all
PARTS = len(scatter.parts("{scatteritem}"))  # jobs that make the shards of a direction


def one_of(names):
    """A wildcard that is one of some names; of none, one that nothing matches."""
    return "|".join(map(re.escape, names)) or "(?!)"


wildcard_constraints:
    study=STUDY.study,
    pair=one_of(PLAN.texts.pairs),
    direction=one_of([*(d for pair in PLAN.texts.pairs for d in directions(pair)), *sorted(PLAN.texts.monolingual)]),
    kind=one_of(get_args(Kind)),
    group=one_of(STUDY.pairs),
    run=one_of(MODELS),
    testset=one_of(STUDY.testsets),
    table=one_of(STUDY.tables),
    baseline=one_of(STUDY.runs),
    test=one_of(get_args(Test)),
    figure=one_of(STUDY.figures),
    text=one_of(PLAN.texts.names),
    objective="[a-z_]+",
    language=one_of(PLAN.texts.languages),
    batches="{}|({})?({})".format(sensitivities.EVERY, sensitivities.NOT, one_of(PLAN.texts.languages)),
    ratio="[0-9.e-]+",
    resource=one_of(path.removeprefix("resources/") for path in PLAN.supplies.needs),


def targets():
    """The files of each table and figure of the study, by its name. Ends the program where a name is taken."""
    found = {}
    for part, files in {"tables": FILES.table, "figures": FILES.figure}.items():
        for name in getattr(STUDY, part):
            if name in found or workflow.is_rule(name):
                sys.exit(f"error: {where}: {part}.{name}: another target or step has that name; choose another")
            found[name] = files(name)
    return found


def tables_of(kind):
    """A wildcard for the names of the study's tables of a kind."""
    return one_of(name for name, table in STUDY.tables.items() if table.kind == kind)


def figures_of(*kinds):
    """A wildcard for the names of the study's figures of some kinds."""
    return one_of(name for name, figure in STUDY.figures.items() if figure.kind in kinds)
