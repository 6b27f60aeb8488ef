"""What the subwords of a study are made from: counts of the words of which texts, or files from elsewhere."""

from model.tokenizer import KINDS, SETTINGS, VOCABULARY
from workflow_scripts.groups import extending_pairs, languages, learning_group
from workflow_scripts.study import Study
from workflow_scripts.supplies import monolingual_languages

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
