"""The groups of pairs of a study: which vocabulary and which dictionaries their text is written with."""

from model.command import UserError
from model.config import unknown
from model.tokenizer import KINDS
from workflow_scripts.languages import pair_of
from workflow_scripts.study import Study
from workflow_scripts.supplies import texts


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


def group_of(study: Study, text: str) -> str:
    """The group whose vocabulary shards of a pair or language are written with: the learning group where it has it."""
    groups = [group for group, pairs in study.pairs.items() if text in (pairs if "-" in text else languages(pairs))]
    if not groups:
        raise UserError(f"pair {unknown(text, all_pairs(study))}")
    if learning_group(study) in groups:
        return learning_group(study)
    if len(groups) > 1:
        raise UserError(
            f"pairs: {text} is in {groups[0]} and {groups[1]}, which have vocabularies of their own; keep one"
        )
    return groups[0]


def vocabulary_of(study: Study, text: str) -> str:
    """The vocabulary that shards of a pair or language are written with: the learned one, or one that extends it."""
    return vocabulary_of_group(study, group_of(study, text))


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
