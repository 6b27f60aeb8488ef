"""Plans and settings of studies that tests make up."""

from pathlib import Path
from typing import Any

from model.records import write_json
from workflow_scripts.plan.plan import Plan
from workflow_scripts.plan.settings import RULES
from workflow_scripts.study.read import parse_study


def plan_of(study: dict[str, Any]) -> Plan:
    """The plan of a study as a user writes it."""
    return Plan(parse_study(study, "s.yaml"))


def settings_file(study: dict[str, Any], rule: str, *names: str, folder: Path) -> Path:
    """What the plan of a study tells a rule's job, as a file that its command reads."""
    path = folder / f"{rule}.settings.json"
    write_json(path, RULES[rule](plan_of(study), *names).model_dump(mode="json", by_alias=True))
    return path
