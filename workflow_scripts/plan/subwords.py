"""The groups of pairs of a study: which vocabulary and which dictionaries their text is written with."""

from model.command import UserError
from model.records import unknown
from model.text.tokenizer import KINDS, SETTINGS, VOCABULARY
from workflow_scripts.directions import languages
from workflow_scripts.plan.texts import all_pairs, monolingual_languages
from workflow_scripts.study.study import Study


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


LEARNING = {  # kind → the settings that learning from counts heeds
    "bpe": {"merges", "min_count", "max_size"},
    "sentencepiece": {"size", "algorithm", "character_coverage", "normalisation"},
}


def is_learned(study: Study, group: str) -> bool:
    """Whether the subwords are learned on this group, and not taken from elsewhere."""
    settings = study.subwords
    return group == learning_group(study) and settings.from_ is None and settings.codes is None


def counted_texts(study: Study, group: str) -> list[str]:
    """The texts whose words are counted for a group: all that the subwords are learned on, or what extends them.

    Monolingual text joins the learning in the languages of its pairs.
    """
    if not is_learned(study, group):
        return extending_pairs(study, group)
    pairs = study.pairs[group]
    joining = monolingual_languages(study) & set(languages(pairs)) if study.subwords.monolingual else []
    return [*pairs, *sorted(joining)]


def word_counts(study: Study, group: str) -> list[str]:
    """The files with the counts of these words."""
    return [f"results/{study.study}/subwords/counts/{group}/{text}.parquet" for text in counted_texts(study, group)]


def counting_settings(study: Study, group: str) -> dict[str, object]:
    """What the counts of a group's words depend on: where lines are over-sampled, on all texts and the seed as well."""
    sampling = {"texts": counted_texts(study, group), "seed": study.seed}
    sampling |= study.subwords.model_dump(include={"temperature", "monolingual"})
    return {"segmenters": study.segmenters, **(sampling if is_learned(study, group) else {})}


def learning_settings(study: Study) -> dict[str, object]:
    """What making the subwords depends on, beside the files they are made from."""
    keys = {"kind", "from_", "codes", "vocabulary"}
    if is_learned(study, learning_group(study)):
        keys |= LEARNING[study.subwords.kind]
    codes = languages(study.pairs[learning_group(study)])
    return {"segmenters": study.segmenters, "languages": codes, **study.subwords.model_dump(include=keys)}


def subword_sources(study: Study) -> list[str]:
    """What the subwords are made from: counts of words, or files of another model or from elsewhere."""
    settings = study.subwords
    if settings.from_:
        return [f"{settings.from_}/{name}" for name in (KINDS[settings.kind].file, SETTINGS, VOCABULARY)]
    if settings.codes and settings.vocabulary:
        return [settings.codes, settings.vocabulary]
    return word_counts(study, learning_group(study))
