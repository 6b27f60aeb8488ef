"""Check a study and fill in its defaults.

`python -m workflow_scripts.study.read config.yaml study.json`.

The other files of this room have the keys of a study. The room `plan` has what follows from a study.
"""

from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from model.command import UserError, parser, run
from model.config.model import BIG, is_open
from model.records import first_mistake, write_json
from model.text.segmenters import DEFAULT
from model.text.tokenizer import Tokenizer, published_settings
from workflow_scripts.filters import ONLY
from workflow_scripts.plain_yaml import read_yaml
from workflow_scripts.sources.datasets import Item
from workflow_scripts.study.preparation import Subwords, parse_filters
from workflow_scripts.study.references import check_references, check_starts, with_runs_at_updates
from workflow_scripts.study.runs import RunAtUpdate
from workflow_scripts.study.study import Study

TEMPLATES = "__use_yte__"  # with this key Snakemake would execute parts of a file


def parse_study(settings: dict[str, Any], where: str) -> Study:
    """A study from its settings. Raises UserError with file and key for the first mistake."""
    try:
        study = with_runs_at_updates(_with_words_of_subwords(Study.model_validate(settings)))
        check_references(study)
        check_starts(study)
        texts = {
            key: [_with_filters(item, study) for item in getattr(study, key)] for key in ("corpora", "monolingual")
        }
        return study.model_copy(update=texts)
    except ValidationError as error:
        raise UserError(f"{where}: {first_mistake(error)}") from None
    except UserError as error:
        raise UserError(f"{where}: {error}") from None


def _with_filters(item: Item, study: Study) -> Item:
    """A corpus of a study, with all settings of its own filters filled in."""
    if not item.filters:
        return item
    try:
        found = parse_filters(study.filters, item.filters)
    except PydanticCustomError as error:
        raise UserError(f"{item.id}: filters: {error.message()}") from None
    own = found if item.filters.get(ONLY) else {name: found[name] for name in item.filters if name != ONLY}
    return item.model_copy(update={"filters": own})


def _with_words_of_subwords(study: Study) -> Study:
    """The study with the subword kind and the segmenters of the model in `subwords.from`.

    The default segmenter splits at spaces for sentencepiece, and is moses for files of `subwords.codes`, as mRASP's
    were made. Raises UserError for files that are missing, and for keys that contradict each other.
    """
    subwords = study.subwords
    for key, path in (("codes", subwords.codes), ("vocabulary", subwords.vocabulary)):
        if path and not Path(path).is_file():
            raise UserError(f"subwords.{key}: no file {path} in {Path.cwd()}; mend the path")
    if subwords.monolingual and not study.monolingual:
        raise UserError("subwords.monolingual: the study has no monolingual text; list some, or take this out")
    if subwords.from_ is None:
        _check_fitting(subwords)
        default = "spaces" if subwords.kind == "sentencepiece" else "moses" if subwords.codes else DEFAULT
        segmenters = {"default": default, **study.segmenters}
        marked = {"words", "messages"} & set(segmenters.values())
        if marked and subwords.kind == "sentencepiece" and subwords.normalisation == "nmt_nfkc":
            raise UserError(f"subwords.normalisation: nmt_nfkc changes the marks of {marked.pop()}; say identity")
        return study.model_copy(update={"segmenters": segmenters})
    if study.segmenters:
        raise UserError("segmenters: the subwords of subwords.from bring theirs; leave them out")
    try:
        settings = _settings_of(study, subwords.from_)
    except UserError as error:
        raise UserError(f"subwords.from: {error}") from None
    same_kind = subwords.model_copy(update={"kind": settings["kind"]})
    _check_fitting(same_kind)
    return study.model_copy(update={"subwords": same_kind, "segmenters": settings["segmenters"]})


def _settings_of(study: Study, model: str) -> dict[str, Any]:
    """The settings of the tokeniser of a model folder, or of the model of an external run before it is imported."""
    if model not in study.runs:
        return Tokenizer(model).settings
    system = study.runs[model].external
    if system is None or system.translations:
        raise UserError(
            f"{model} is no model from elsewhere; name a run with external: huggingface or model, or a folder"
        )
    return published_settings(Path(system.folder)) if system.huggingface else Tokenizer(system.folder).settings


def _check_fitting(subwords: Subwords) -> None:
    """Raise UserError if subwords are to be fitted to the text that cannot be."""
    for key, value in (("trim", subwords.trim), ("new_pieces", subwords.new_pieces)):
        if value and not (subwords.from_ and subwords.kind == "sentencepiece"):
            raise UserError(f"subwords.{key}: needs subwords.from, a model folder with sentencepiece; take {key} out")


def to_json(study: Study) -> dict[str, Any]:
    """The study as study.json holds it, with every default filled in."""
    full = study.model_dump(mode="json", by_alias=True)
    if is_open(study.model):  # the size follows from the text, so it has no default to fill in
        full["model"] = {key: value for key, value in full["model"].items() if key not in BIG}
    full["runs"] = {name: row for name, row in full["runs"].items() if not isinstance(study.runs[name], RunAtUpdate)}
    # The segmenters of another model's subwords are read from there again.
    return {**full, "segmenters": {}} if study.subwords.from_ else full


def read_settings(path: str | Path) -> dict[str, Any]:
    """The keys and values of a study, not yet checked. Raises UserError if the file is no mapping in YAML."""
    settings = read_yaml(path)
    if not isinstance(settings, dict):
        raise UserError(f"{path}: holds no study; it begins with a line such as `study: mine`")
    if TEMPLATES in settings:
        raise UserError(f"{path}: {TEMPLATES}: a study is data, and nothing in it is executed; take this out")
    return settings


def read_study(path: str | Path) -> Study:
    """Read a study, as YAML or as study.json. Raises UserError for a mistake in it."""
    return parse_study(read_settings(path), str(path))


def main() -> None:
    """Check a study and write it out in full."""
    arguments = parser(__doc__)
    arguments.add_argument("study", help="study in YAML")
    arguments.add_argument("output", help="study.json")
    options = arguments.parse_args()
    write_json(options.output, to_json(read_study(options.study)))


if __name__ == "__main__":
    run(main)
