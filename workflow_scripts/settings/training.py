"""Settings of the step that writes run.json."""

from typing import Any

from pydantic import Field

from model.config.run import RunConfig
from model.records import Strict


class Configuring(Strict):
    """Settings of `run_config` for one model.

    What the study leaves open is chosen when the shards are there, by the amount of text.
    """

    config: RunConfig = Field(description="run.json, with the defaults of the paper where the study says nothing")
    model: dict[str, Any] | None = Field(None, description="keys of `model` in the study, if its size is open")
    training: dict[str, Any] | None = Field(None, description="keys of `training`, if the number of updates is open")
