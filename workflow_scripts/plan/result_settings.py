"""What the steps from shards to the report are told, by rule."""

from collections.abc import Callable

from model.config.run import RunConfig
from model.records import Strict
from workflow_scripts.plan.plan import Plan


def run_config(plan: Plan, run: str) -> RunConfig:
    """run.json of a model."""
    return plan.runs.config(run)


RULES: dict[str, Callable[..., Strict]] = {"run_config": run_config}
