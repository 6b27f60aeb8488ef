"""What follows from a study: its models, and which files each step makes and needs.

`python -m workflow_scripts.plan --study study.json --run mrasp_ft/en-gl run.json` writes what a run needs to train.
"""

from dataclasses import dataclass
from pathlib import Path

from model.command import UserError, parser, run
from model.config import RunConfig, TrainingConfig, sizes, unknown, write_json
from model.tokenizer import KINDS
from workflow_scripts.languages import directions, pair_of
from workflow_scripts.schema import INDUCED, Run
from workflow_scripts.study import Study, read_study
from workflow_scripts.supplies import (
    check_licences,
    check_mirror,
    check_use,
    dictionary_items,
    is_tested,
    monolingual_languages,
    needs,
    texts,
)


@dataclass(frozen=True)
class Trained:
    """One model to train: a row of `runs`, or with `per: direction` that row for one direction."""

    name: str  # `mrasp`, or `mrasp_ft/en-gl`
    system: str  # the row's name
    row: Run
    directions: list[str]


def trained_models(study: Study) -> dict[str, Trained]:
    """All models of a study by name."""
    models = {}
    for system, row in study.runs.items():
        both = [d for pair in study.pairs[row.train_on] for d in directions(pair)]
        if row.per == "direction":
            models.update({f"{system}/{d}": Trained(f"{system}/{d}", system, row, [d]) for d in both})
        else:
            models[system] = Trained(system, system, row, both)
    return models


def model_for(study: Study, system: str, direction: str) -> str | None:
    """The name of the model that translates a direction for a system, or None where it does not train on it."""
    row = study.runs[system]
    if pair_of(direction) not in study.pairs[row.train_on]:
        return None
    return f"{system}/{direction}" if row.per == "direction" else system


def all_pairs(study: Study) -> list[str]:
    """Every pair of the study once, in order."""
    return [text for text in texts(study) if "-" in text]


def languages(pairs: list[str]) -> list[str]:
    """The languages of pairs, sorted."""
    return sorted({code for pair in pairs for code in pair.split("-")})


def learning_group(study: Study) -> str:
    """The group of pairs that the subwords are learned on."""
    return study.subwords.learn_on if study.subwords.learn_on in study.pairs else next(iter(study.pairs))


def learned_subwords(study: Study) -> str:
    """The file that holds what was learned: codes, or a model of sentencepiece."""
    return f"results/{study.study}/subwords/{KINDS[study.subwords.kind].file}"


def vocabulary_of_group(study: Study, group: str) -> str:
    """The vocabulary of the models of a group: the one that is learned, or for other groups an extension of it."""
    own = group == learning_group(study) and not study.subwords.from_
    return f"results/{study.study}/subwords/vocabulary{'' if own else '.' + group}.tsv"


def extending_pairs(study: Study, group: str) -> list[str]:
    """The pairs of a group whose pieces extend its vocabulary: those not in the learning group.

    The others' shards are written with the learned vocabulary, so a new row for their pieces would never be trained.
    A vocabulary of sentencepiece has all pieces that there are.
    """
    if study.subwords.kind == "sentencepiece":
        return []
    old = [] if study.subwords.from_ else study.pairs[learning_group(study)]
    return [pair for pair in study.pairs[group] if pair not in old]


def group_of(study: Study, pair: str) -> str:
    """The group whose vocabulary a pair's shards are written with: the learning group where it is in it."""
    groups = [group for group, pairs in study.pairs.items() if pair in pairs]
    if not groups:
        raise UserError(f"pair {unknown(pair, all_pairs(study))}")
    if learning_group(study) in groups:
        return learning_group(study)
    if len(groups) > 1:
        raise UserError(
            f"pairs: {pair} is in {groups[0]} and {groups[1]}, which have vocabularies of their own; keep one"
        )
    return groups[0]


def vocabulary_of(study: Study, pair: str) -> str:
    """The vocabulary a pair's shards are written with. Other groups of it extend the learning group's."""
    return vocabulary_of_group(study, group_of(study, pair))


def dictionary_pairs(study: Study, group: str) -> list[str]:
    """Dictionaries that substitution in a group draws on, as source-target: those of its allowed languages.

    A word graph goes through languages that are not allowed, too.
    """
    settings = study.substitution
    others = [code for pair in study.pairs[group] if settings.language in pair.split("-") for code in pair.split("-")]
    allowed = settings.languages if settings.languages and not settings.graph else others
    return [f"{settings.language}-{c}" for c in dict.fromkeys(others) if c != settings.language and c in allowed]


def dictionaries_of(study: Study, direction: str) -> list[str]:
    """The dictionaries that a direction is substituted with: those of the group its shards are written for."""
    return dictionary_pairs(study, group_of(study, pair_of(direction)))


def substituted_language(study: Study, direction: str) -> str | None:
    """The language of a direction's side that is substituted, or None where neither is."""
    settings, source = study.substitution, direction.split("-")[0]
    if settings.sides == "every_source" or source == settings.language:
        return source
    return settings.language if settings.sides == "any" and settings.language in direction.split("-") else None


def substituted_directions(study: Study) -> list[str]:
    """Every direction that some run wants substituted shards of."""
    wanted = [
        model for model in trained_models(study).values() if {"substituted", "codeswitched"} & set(model.row.shards)
    ]
    return list(dict.fromkeys(d for model in wanted for d in model.directions if substituted_language(study, d)))


def all_dictionaries(study: Study) -> list[str]:
    """Every dictionary that some run's substitution needs, as source-target."""
    return list(
        dict.fromkeys(d for direction in substituted_directions(study) for d in dictionaries_of(study, direction))
    )


def directions_with(study: Study, model: Trained, kind: str) -> list[str]:
    """The directions of a model that have shards of a kind.

    One is substituted only where one of its sides is, and translated back only where its target has monolingual text.
    A target is not restored: that would be the same segments as the source of the other direction.
    """
    if kind == "original":
        return model.directions
    if kind == "backtranslated":
        targets = monolingual_languages(study)
        return [direction for direction in model.directions if direction.split("-")[1] in targets]
    sides = {direction: substituted_language(study, direction) for direction in model.directions}
    return [d for d, side in sides.items() if side == d.split("-")[0] or (side and kind == "substituted")]


def shards(study: Study, model: Trained) -> list[str]:
    """Folders of the shards a model trains on. Raises UserError where nothing is left to train on."""
    folders = [
        f"results/{study.study}/shards/{kind}/{direction}"
        for kind in model.row.shards
        for direction in directions_with(study, model, kind)
    ]
    if not folders:
        substituted = f"no {study.substitution.language} source to substitute"
        lacking = {"substituted": substituted, "codeswitched": substituted}
        lacks = dict.fromkeys(lacking.get(kind, "no monolingual text to translate back") for kind in model.row.shards)
        raise UserError(f"runs.{model.system}.shards: {model.name} has {' and '.join(lacks)}")
    return folders


def dev_shards(study: Study, model: Trained) -> list[str]:
    """Folders of the dev shards of a model, of the directions that the dev set has. Raises UserError for none."""
    directions = [direction for direction in model.directions if is_tested(study, study.dev_set, direction)]
    if not directions:
        raise UserError(f"dev_set: {study.dev_set} has no direction of {model.name}; name another")
    return [f"results/{study.study}/shards/dev/{direction}" for direction in directions]


def init_folder(study: Study, model: Trained) -> str | None:
    """The model folder a model starts from, or None."""
    init = model.row.init
    if init is None or init not in study.runs:
        return init
    name = f"{init}/{model.directions[0]}" if study.runs[init].per else init
    return f"results/{study.study}/runs/{name}/model"


def run_config(study: Study, name: str) -> RunConfig:
    """run.json of a model. Raises UserError for a name that is none of the study's."""
    models = trained_models(study)
    if name not in models:
        raise UserError(f"run {unknown(name, models)}")
    model = models[name]
    return RunConfig(
        run=name,
        seed=study.seed,
        init=init_folder(study, model),
        subwords=f"results/{study.study}/subwords",
        vocabulary=vocabulary_of_group(study, model.row.train_on),
        shards=shards(study, model),
        dev=dev_shards(study, model),
        model=sizes(study.model, model.row.model),
        training=TrainingConfig.model_validate({**study.training, **model.row.training}),
    )


def table_models(study: Study, table: str) -> list[tuple[str, str, str]]:
    """(model, test set, direction) of each score in a table."""
    row = study.tables[table]
    wanted = [d for pair in all_pairs(study) for d in directions(pair)]
    return [
        (name, testset, direction)
        for system in row.runs
        for testset in row.test_sets
        for direction in wanted
        if (name := model_for(study, system, direction)) and is_tested(study, testset, direction)
    ]


def check(study: Study, where: str) -> None:
    """Raise UserError, with the study's file, for what the study names and cannot have.

    That is a corpus without an address or with the user's own files and not there, one whose licence the study does not
    accept, a pair without a corpus or a vocabulary of its own, and a model with nothing to train on or no dev set.
    """
    try:
        check_use(study)
        check_mirror(study)
        check_licences(study)
        needs(study, all_dictionaries(study))
        for direction in all_dictionaries(study):
            if INDUCED not in study.dictionaries.sources and not dictionary_items(study, direction):
                raise UserError(f"dictionaries.sources: none has {direction}; add another, or {INDUCED}")
        for pair in all_pairs(study):
            vocabulary_of(study, pair)
        for model in trained_models(study).values():
            shards(study, model)
            dev_shards(study, model)
        check_substitution(study)
    except UserError as error:
        raise UserError(f"{where}: {error}") from None


def check_substitution(study: Study) -> None:
    """Raise UserError for an allowed language without a dictionary, and for a direction that has none to draw on."""
    hub, allowed = study.substitution.language, study.substitution.languages or []
    with_hub = {code for pair in all_pairs(study) if hub in pair.split("-") for code in pair.split("-")}
    for code in allowed:
        if code not in with_hub or (code == hub and not study.substitution.graph):
            raise UserError(f"substitution.languages: {code} has no pair with {hub}, so no dictionary; take it out")
    for direction in substituted_directions(study):
        if not dictionaries_of(study, direction):
            raise UserError(f"substitution: no dictionary of {hub} is allowed and in the group of {direction}")


def main() -> None:
    """Write run.json of one model."""
    arguments = parser(__doc__)
    arguments.add_argument("--study", required=True)
    arguments.add_argument("--run", required=True)
    arguments.add_argument("output", type=Path)
    options = arguments.parse_args()
    write_json(options.output, run_config(read_study(options.study), options.run).model_dump(mode="json"))


if __name__ == "__main__":
    run(main)
