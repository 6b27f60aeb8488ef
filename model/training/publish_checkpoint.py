"""Write the model that a run was after some updates, from its checkpoint.

`python -m model.training.publish_checkpoint results/demo/runs/mrasp/model 1500 FOLDER`. The training of the run must
have ended; its checkpoints are beside the folder of its model. The weights are those of the update alone, also where
the run publishes a mean of several.
"""

import json
from pathlib import Path

from model.command import UserError, parser, run
from model.config.model import CONFIG, read_config
from model.network.folder import check_files, read_weights, save_model
from model.text.tokenizer import VOCABULARY
from model.text.vocabulary import Vocabulary
from model.training.checkpoint import STATE, Checkpoints


def publish_checkpoint(model: Path, update: int, output: Path) -> None:
    """Write the weights of a checkpoint as a model folder like `model`, that of the same run.

    Raises UserError if there is no whole checkpoint of this update.
    """
    check_files(model)
    checkpoints = Checkpoints(model.parent / "checkpoints")
    if not checkpoints.is_whole(update):
        raise UserError(_missing(checkpoints, model, update))
    folder = checkpoints.path(update)
    rows = json.loads((folder / STATE).read_text(encoding="utf-8"))["metrics"]
    about = {"run": json.loads((model / CONFIG).read_text(encoding="utf-8"))["about"]["run"], "update": update}
    for row in rows[-1:]:
        if row["update"] == update:  # not every checkpoint is one of an evaluation
            about |= {name: row[name] for name in ("dev_loss", "dev_bleu") if name in row}
    vocabulary = Vocabulary.read(model / VOCABULARY)
    save_model(output, read_weights(folder), read_config(model), model, vocabulary, about)


def _missing(checkpoints: Checkpoints, model: Path, update: int) -> str:
    """One line on a checkpoint that is not there: which ones are, and what to do."""
    whole = [found for found in checkpoints.updates() if checkpoints.is_whole(found)]
    there = f"only of {', '.join(map(str, whole))}" if whole else "nor any other"
    where = f"{checkpoints.folder}: no whole checkpoint of update {update}, {there}"
    if whole and whole[-1] < update:
        return f"{where}; the training ended after update {whole[-1]} (training.patience); name an earlier one"
    return f"{where}; name another update, or delete {checkpoints.folder} and {model}, and run the study again"


def main() -> None:
    """Write the model of one checkpoint."""
    arguments = parser(__doc__)
    arguments.add_argument("model", type=Path, help="model folder of a run whose training has ended")
    arguments.add_argument("update", type=int, help="number of updates after which the checkpoint was written")
    arguments.add_argument("output", type=Path, help="model folder to write")
    options = arguments.parse_args()
    publish_checkpoint(options.model, options.update, options.output)


if __name__ == "__main__":
    run(main)
