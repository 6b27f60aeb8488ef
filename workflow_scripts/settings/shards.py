"""What the steps of `shards` are told."""

from pydantic import Field

from model.records import Strict
from workflow_scripts.study.preparation import Backtranslation


class Encoding(Strict):
    """What `encode` is told."""

    seed: int
    backtranslation: Backtranslation | None = Field(
        None, description="how the sources of the text were made, where a model made them; part files keep it"
    )
