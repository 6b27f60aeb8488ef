"""The settings files: one for each job, written from the plan and read by the command of the job.

The name of a file has a digest of its content. The name is a parameter of the rule. So the parameter changes exactly
when the settings of the job change, and then Snakemake runs the job again.
"""

import hashlib
from pathlib import Path

from model.records import Strict, write_json
from workflow_scripts.plan import result_settings, text_settings
from workflow_scripts.plan.plan import Plan

RULES = text_settings.RULES | result_settings.RULES  # rule → the function that makes its settings from the plan


class SettingsFiles:
    """The settings files of a study. Nothing is written before `begin`, so a dry run writes nothing."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._paths: dict[tuple[str, ...], str] = {}
        self._waiting: dict[str, Strict] = {}
        self._begun = False

    def path(self, rule: str, *names: str) -> str:
        """The settings file of one job of a rule. names: its text, direction or run, as in the wildcards.

        The last name may be empty: the variant of substitution that is the study's own.
        """
        if (rule, *names) not in self._paths:
            settings = RULES[rule](self._plan, *names)
            digest = hashlib.sha256(settings.model_dump_json(by_alias=True).encode()).hexdigest()[:12]
            place = "/".join(filter(None, [rule, *names]))
            self._paths[rule, *names] = path = f"{self._plan.folder}/settings/{place}.{digest}.json"
            self._waiting[path] = settings
            if self._begun:
                self._write()
        return self._paths[rule, *names]

    def begin(self) -> None:
        """Write the files whose paths were asked for; from now on, write each as its path is asked for."""
        self._begun = True
        self._write()

    def _write(self) -> None:
        for path, settings in self._waiting.items():
            if not Path(path).exists():
                write_json(path, settings.model_dump(mode="json", by_alias=True))
        self._waiting.clear()
