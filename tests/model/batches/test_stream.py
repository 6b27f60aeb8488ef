import pytest

from model.command import UserError
from tests.model.batches.test_mixture import denoising, folders, mixture  # noqa: F401  (folders is a fixture)


def test_an_encoder_that_predicts_needs_sources_and_answers_that_begin_alike(folders):  # noqa: F811
    def made(task, name):
        return mixture(folders, task, batches_per_update=2, model={"language_tokens": name})

    with pytest.raises(UserError, match="objectives.cd: its encoder predicts .* language_tokens: front moves these"):
        made(denoising(folders), "front")
    made(denoising(folders, stacks=["decoder"]), "front")
    made(denoising(folders), "none")
