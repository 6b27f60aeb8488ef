# What all rules need: the study, its plan, and code for Snakemake itself. workflow_scripts/plan works out everything that
# follows from a study, also the names of files. Rules get it from PLAN, FILES and SETTINGS.
#
# The parameter `settings` of a job is a file, which the command of the job reads. Its name has a digest of its content.
# So a job runs again when its own settings change, and other jobs do not.

import os
import re
import signal
import sys
from pathlib import Path
from typing import get_args

# As a module, or included, the workflow would lack what Snakemake does for a main Snakefile alone: start_to_work, basedir.
if str(workflow.current_basedir) != str(Path(workflow.basedir, "rules")):
    sys.exit(
        "error: this workflow is no module and cannot be included; start it by itself, also where another workflow needs it:"
        f" snakemake --snakefile {Path(str(workflow.current_basedir)).parent / 'Snakefile'} --configfile STUDY --cores all"
    )
if set(workflow.basedir) & set("{}"):  # Snakemake formats the paths of rules' environments
    sys.exit(f"error: {workflow.basedir}: Snakemake cannot have braces in the path of a workflow; rename the folder")

# In any working folder, commands use the packages of this project and the Python of Snakemake. Modules of the user in
# the working folder, such as model.py or random.py, are left out (PYTHONSAFEPATH).
sys.path.insert(0, workflow.basedir)
os.environ.update(PYTHONSAFEPATH="1")
for name, folder in (("PYTHONPATH", workflow.basedir), ("PATH", os.path.dirname(sys.executable))):
    os.environ[name] = os.pathsep.join(filter(None, [str(folder), os.environ.get(name)]))

# A job of Slurm runs a Snakemake of its own, and all its processes get the signals of the job. SIGUSR1, sent some minutes
# before the time limit, tells the training to save; Snakemake must ignore it (profiles/cluster/config.yaml).
signal.signal(signal.SIGUSR1, signal.SIG_IGN)

ALL_CORES = 1024  # Snakemake lowers it to --cores, or to max-threads of a profile

os.environ.setdefault("TQDM_MININTERVAL", "15")  # seconds between the lines of progress bars of libraries in logs

from snakemake.io import flag
from snakemake.utils import update_config
from model.command import UserError
from workflow_scripts.directions import directions, languages, pair_of
from workflow_scripts.jobs.unchanged import READ
from workflow_scripts.plan import checks, sensitivities
from workflow_scripts.plan.files import TABLE_ENDINGS, Files, leaks_of, megabytes
from workflow_scripts.plan.plan import Plan
from workflow_scripts.plan.settings import SettingsFiles
from workflow_scripts.study.read import parse_study, read_settings
from workflow_scripts.study.runs import Kind
from workflow_scripts.study.tables import Test

# Snakemake's own `config` is not used: Snakemake would execute templates in a file (profiles/default/config.yaml).
workflow.configfiles = workflow.configfiles or [Path("config.yaml")]
where = str(workflow.configfiles[-1])
try:
    settings = {}
    for path in workflow.configfiles:
        update_config(settings, read_settings(path))
    update_config(settings, workflow.config_settings.config)  # the option --config
    STUDY = parse_study(settings, where)
    PLAN = Plan(STUDY)
    checks.check(PLAN, where)
except UserError as error:
    sys.exit(f"error: {error}")

FILES = Files(PLAN)
SETTINGS = SettingsFiles(PLAN)
MODELS = PLAN.models.all
TRAINED = PLAN.models.trained
PARTS = len(scatter.parts("{scatteritem}"))  # jobs that make the shards of a direction


def one_of(names):
    """The constraint of a wildcard to some names; without names, nothing matches."""
    return "|".join(map(re.escape, names)) or "(?!)"


VARIANT = rf"(-({one_of(STUDY.substitutions)}))?"  # the ending of folders of a variant of substitution


def variant(wildcards):
    """The plan of a variant of substitution, from the ending of its folders."""
    return PLAN.variants[wildcards.variant.removeprefix("-")]


def of_dictionaries(chosen):
    """The constraint of the wildcard before `/{direction}.` to those dictionaries that a condition chooses."""
    named = {}
    for made in PLAN.variants.values():
        named.setdefault(made.own_ending, []).extend(name for name in made.all if chosen(made, name))
    return "|".join(rf"{re.escape(ending)}(?=/({one_of(names)})\.)" for ending, names in named.items())


wildcard_constraints:
    study=STUDY.study,
    pair=one_of(PLAN.texts.pairs),
    direction=one_of([*(d for pair in PLAN.texts.pairs for d in directions(pair)), *sorted(PLAN.texts.monolingual)]),
    kind=f"({one_of(get_args(Kind))}){VARIANT}",
    variant=VARIANT,
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
    """Name → files of each table and figure of the study. Ends the program if a name is taken."""
    found = {}
    for part, files in {"tables": FILES.table, "figures": FILES.figure}.items():
        for name in getattr(STUDY, part):
            if name in found or workflow.is_rule(name):
                sys.exit(f"error: {where}: {part}.{name}: another target or step has that name; choose another")
            found[name] = files(name)
    return found


def sides(testset, *directions):
    """The folder of a test set as input of a job that reads the languages of some directions. Others change nothing."""
    return flag(f"{PLAN.folder}/testsets/{testset}", READ, [f"{code}.txt" for code in languages(directions)])


def search_of(run):
    """The search of a model."""
    return PLAN.models.search(MODELS[run].system)


def tables_of(kind):
    """The constraint of a wildcard to the tables of a kind."""
    return one_of(name for name, table in STUDY.tables.items() if table.kind == kind)


def figures_of(*kinds):
    """The constraint of a wildcard to the figures of some kinds."""
    return one_of(name for name, figure in STUDY.figures.items() if figure.kind in kinds)
