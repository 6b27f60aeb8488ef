"""The subwords of a study: what they are learned on, and which vocabulary each group of pairs has."""

from functools import cached_property

from model.command import UserError
from model.records import unknown
from model.text.tokenizer import KINDS, SETTINGS, VOCABULARY
from workflow_scripts.directions import languages
from workflow_scripts.plan.texts import TextPlan
from workflow_scripts.remember import remembered
from workflow_scripts.study.study import Study


class SubwordPlan:
    """What subwords are made from, and the vocabularies that they have."""

    def __init__(self, study: Study, texts: TextPlan) -> None:
        self._study, self._texts = study, texts
        self._folder = f"results/{study.study}/subwords"

    @cached_property
    def learning_group(self) -> str:
        """The group of pairs that the subwords are learned on."""
        named = self._study.subwords.learn_on
        return named if named in self._study.pairs else next(iter(self._study.pairs))

    @cached_property
    def learned_file(self) -> str:
        """The file that holds what was learned: codes, or a model of sentencepiece."""
        return f"{self._folder}/{KINDS[self._study.subwords.kind].file}"

    def is_learned(self, group: str) -> bool:
        """Whether the subwords are learned on this group, and not taken from elsewhere."""
        settings = self._study.subwords
        return group == self.learning_group and settings.from_ is None and settings.codes is None

    @remembered
    def counted_texts(self, group: str) -> list[str]:
        """The texts whose words are counted for a group: all that the subwords are learned on, or what extends them.

        Monolingual text joins the learning in the languages of its pairs.
        """
        if not self.is_learned(group):
            return self.extending_pairs(group)
        pairs = self._study.pairs[group]
        joining = self._texts.monolingual & set(languages(pairs)) if self._study.subwords.monolingual else []
        return [*pairs, *sorted(joining)]

    @remembered
    def word_counts(self, group: str) -> list[str]:
        """The files with the counts of these words."""
        return [f"{self._folder}/counts/{group}/{text}.parquet" for text in self.counted_texts(group)]

    @cached_property
    def sources(self) -> list[str]:
        """The files that the subwords are made from: counts of words, or files of another model or from elsewhere."""
        settings = self._study.subwords
        if settings.from_:
            return [f"{settings.from_}/{name}" for name in (KINDS[settings.kind].file, SETTINGS, VOCABULARY)]
        if settings.codes and settings.vocabulary:
            return [settings.codes, settings.vocabulary]
        return self.word_counts(self.learning_group)

    @remembered
    def vocabulary_of_group(self, group: str) -> str:
        """The vocabulary of the models of a group: the one that is learned, or for other groups an extension of it."""
        own = group == self.learning_group and not self._study.subwords.from_
        return f"{self._folder}/vocabulary{'' if own else '.' + group}.tsv"

    @remembered
    def extending_pairs(self, group: str) -> list[str]:
        """The pairs of a group whose pieces extend its vocabulary: those not in the learning group.

        The others' shards are written with the learned vocabulary, so a new row for their pieces would never be
        trained. A vocabulary of sentencepiece has all pieces that there are.
        """
        if self._study.subwords.kind == "sentencepiece":
            return []
        old = set() if self._study.subwords.from_ else set(self._study.pairs[self.learning_group])
        return [pair for pair in self._study.pairs[group] if pair not in old]

    @cached_property
    def _texts_of_groups(self) -> dict[str, set[str]]:
        return {group: {*pairs, *languages(pairs)} for group, pairs in self._study.pairs.items()}

    @remembered
    def group_of(self, text: str) -> str:
        """The group whose vocabulary shards of a pair or language are written with: the learning group where it has it.

        Raises UserError for a text of no group, or of several that have vocabularies of their own.
        """
        groups = [group for group, known in self._texts_of_groups.items() if text in known]
        if not groups:
            raise UserError(f"pair {unknown(text, self._texts.pairs)}")
        if self.learning_group in groups:
            return self.learning_group
        if len(groups) > 1:
            raise UserError(
                f"pairs: {text} is in {groups[0]} and {groups[1]}, which have vocabularies of their own; keep one"
            )
        return groups[0]

    def vocabulary_of(self, text: str) -> str:
        """The vocabulary that shards of a pair or language are written with: the learned one, or an extension."""
        return self.vocabulary_of_group(self.group_of(text))
