"""The subwords of a study: what they are learned on, and the vocabulary of each group of pairs."""

from functools import cached_property

from model.command import UserError
from model.records import unknown
from model.text.tokenizer import KINDS, VOCABULARY, subword_files
from workflow_scripts.directions import languages
from workflow_scripts.plan.texts import TextPlan
from workflow_scripts.remember import remembered
from workflow_scripts.study.study import Study


class SubwordPlan:
    """What the subwords are made from, and their vocabularies."""

    def __init__(self, study: Study, texts: TextPlan) -> None:
        self._study, self._texts = study, texts
        self._folder = f"results/{study.study}/subwords"

    @cached_property
    def learning_group(self) -> str:
        """The group of pairs that the subwords are learned on."""
        named = self._study.subwords.learn_on or "pretrain"
        return named if named in self._study.pairs else next(iter(self._study.pairs))

    @cached_property
    def learned_file(self) -> str:
        """The file of the learned subwords: merges (`codes`), or a model of sentencepiece."""
        return f"{self._folder}/{KINDS[self._study.subwords.kind].file}"

    def is_learned(self, group: str) -> bool:
        """Whether the subwords are learned on this group (and not taken from elsewhere)."""
        settings = self._study.subwords
        return group == self.learning_group and settings.from_ is None and settings.codes is None

    @property
    def model(self) -> str | None:
        """The model folder whose subwords are used, or None. It may be that of an external run."""
        named = self._study.subwords.from_
        return f"results/{self._study.study}/runs/{named}/model" if named in self._study.runs else named

    @property
    def is_adapted(self) -> bool:
        """Whether the subwords are those of another model, fitted to the text of the study."""
        return self._study.subwords.from_ is not None and self._study.subwords.kind == "sentencepiece"

    @remembered
    def counted_texts(self, group: str) -> list[str]:
        """The texts whose words are counted for a group: all that subwords are learned on, or those that extend them.

        Subwords are also learned on monolingual text in the languages of the pairs, if `subwords.monolingual` is set.
        Those of another model are fitted to all of it.
        """
        if not self.is_learned(group) and not self.is_adapted:
            return self.extending_pairs(group)
        pairs, also = self._study.pairs[group], self._study.subwords.monolingual or self.is_adapted
        joining = self._texts.monolingual & set(languages(pairs)) if also else []
        return [*pairs, *sorted(joining)]

    @cached_property
    def fitted_texts(self) -> list[str]:
        """{group}/{text} of all texts that the subwords of another model are fitted to, each text once."""
        if not self.is_adapted:
            return []
        groups: dict[str, str] = {}
        for group in self._study.pairs:
            for text in self.counted_texts(group):
                groups.setdefault(text, group)
        return [f"{group}/{text}" for text, group in groups.items()]

    @remembered
    def word_counts(self, group: str) -> list[str]:
        """The files with the word counts of these texts."""
        return [f"{self.counts}/{group}/{text}.parquet" for text in self.counted_texts(group)]

    @property
    def counts(self) -> str:
        """The folder of the word counts of all groups."""
        return f"{self._folder}/counts"

    @cached_property
    def sources(self) -> list[str]:
        """The files that the subwords are made from: word counts, files of another model, or released files."""
        settings = self._study.subwords
        if model := self.model:
            is_made = settings.from_ in self._study.runs
            files = [model] if is_made else [f"{model}/{name}" for name in (*subword_files(model), VOCABULARY)]
            return [*files, *(f"{self.counts}/{text}.parquet" for text in self.fitted_texts)]
        if settings.codes and settings.vocabulary:
            return [settings.codes, settings.vocabulary]
        return self.word_counts(self.learning_group)

    @remembered
    def vocabulary_of_group(self, group: str) -> str:
        """The vocabulary of the models of a group: the learned one, or for other groups an extension of it."""
        own = group == self.learning_group and not self._study.subwords.from_
        return f"{self._folder}/vocabulary{'' if own else '.' + group}.tsv"

    @remembered
    def extending_pairs(self, group: str) -> list[str]:
        """The pairs of a group whose pieces extend its vocabulary: those that the learning group lacks.

        Shards of the other pairs are written with the learned vocabulary, so new rows for their pieces would never be
        trained. With sentencepiece there is none, because the vocabulary has all pieces of the model.
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
        """The group whose vocabulary the shards of a pair or language use: the learning group if it has the text.

        Raises UserError for a text of no group, or of several groups that each extend the vocabulary.
        """
        groups = [group for group, known in self._texts_of_groups.items() if text in known]
        if not groups:
            raise UserError(unknown(text, self._texts.pairs, "pair"))
        if self.learning_group in groups:
            return self.learning_group
        if len(groups) > 1:
            raise UserError(
                f"pairs: {text} is in {groups[0]} and {groups[1]}, which have vocabularies of their own; keep one"
            )
        return groups[0]

    def vocabulary_of(self, text: str) -> str:
        """The vocabulary that the shards of a pair or language use."""
        return self.vocabulary_of_group(self.group_of(text))
