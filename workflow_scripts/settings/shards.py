"""Settings of the steps that make shards."""

from pydantic import Field

from model.records import Strict
from workflow_scripts.study.preparation import Backtranslation


class Encoding(Strict):
    """Settings of `encode`."""

    seed: int
    backtranslation: Backtranslation | None = Field(
        None, description="how a model made the sources of the text, if one did; the metadata of part files has it"
    )
