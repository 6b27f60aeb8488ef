"""A tokenizer to which every word is one subword, so that copies can be read again; and dictionaries by hand."""

from model.text.lexicon import Lexicon
from model.text.segmenters import SEGMENTERS
from workflow_scripts.draws import stream
from workflow_scripts.study.preparation import Substitution
from workflow_scripts.substitution.copies import Substituter
from workflow_scripts.substitution.translations import Dictionary, Direct


class Plain:
    def __init__(self, kind="bpe", row="spaces"):
        self.row = row
        self.settings, self.spelled, self.lexicons = {"kind": kind}, [], {}
        self.encoded = 0

    def lexicon(self, language):
        return self.lexicons.setdefault(language, Lexicon(language, SEGMENTERS[self.row], self.ids))

    def ids(self, words):
        self.encoded += len(words)
        self.spelled += words
        return [[len(self.spelled) - len(words) + n] if word != "nothing" else [] for n, word in enumerate(words)]

    def encode_lines(self, lines, language):
        numbers = self.lexicon(language).split(lines)
        return self.lexicon(language).ids().of_lists(numbers)

    def lines(self, ids):
        return [" ".join(self.spelled[i] for i in row) for row in (ids[n] for n in range(len(ids)))]


def dictionaries(**of_language):
    """Language → {word: "translation or several of them"}, separated by commas."""
    tables = {
        language: {word: values.split(", ") for word, values in table.items()}
        for language, table in of_language.items()
    }
    return {
        language: Dictionary(table, frozenset(table), sum(map(len, table.values())))
        for language, table in tables.items()
    }


def substituter(tables, language="en", seed=1, languages=None, tokenizer=None, translations=None, **settings):
    found = translations or Direct(tables)
    chosen = Substitution(**settings)
    return Substituter(found, languages or sorted(tables), chosen, tokenizer or Plain(), language, stream(seed, "test"))


def copies(lines, tables, first=0, tokenizer=None, **settings):
    """The copies of some lines by row: (row, line), sorted by row."""
    tokenizer = tokenizer or Plain()
    made = substituter(tables, tokenizer=tokenizer, **settings).copies(first, lines)
    return sorted(zip(made.rows.tolist(), tokenizer.lines(made.ids), strict=True))
