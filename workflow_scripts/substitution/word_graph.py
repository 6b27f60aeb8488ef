"""The multi-way variant in the authors' code: a graph of the words of all languages, with translations as edges.

A word may be replaced with any word that is at most some steps away, in any of the allowed languages.
"""

from collections import defaultdict
from collections.abc import Mapping

from workflow_scripts.study.preparation import Graph
from workflow_scripts.substitution.translations import Dictionary

Node = tuple[str, str]  # language and word


class WordGraph:
    """The words near the words of one language.

    dictionaries: language → the dictionary from `hub` into it. lower: whether case is ignored, as in look-ups. A
    translation keeps the spelling of its first occurrence.
    """

    def __init__(self, dictionaries: Mapping[str, Dictionary], hub: str, language: str, settings: Graph, lower: bool):
        self._language, self._settings, self._lower = language, settings, lower
        self._spelling: dict[Node, str] = {}
        self._neighbours: dict[Node, dict[Node, None]] = defaultdict(dict)
        for other, dictionary in dictionaries.items():
            for word, translations in dictionary.translations.items():
                for translation in translations:
                    ends = self._node(hub, word), self._node(other, translation)
                    for one, another in (ends, ends[::-1]):
                        self._neighbours[one][another] = None

    def _node(self, language: str, word: str) -> Node:
        node = language, word.lower() if self._lower else word
        self._spelling.setdefault(node, word)
        return node

    def steps(self, word: str, most: int) -> list[list[Node]]:
        """The words one step away from a word of the language, two steps away, and so on, up to `most` steps."""
        seen, found = {(self._language, word)}, [[(self._language, word)]]
        while found[-1] and len(found) <= most:
            near = dict.fromkeys(n for node in found[-1] for n in self._neighbours.get(node, ()) if n not in seen)
            seen.update(near)
            found.append(list(near))
        return [nodes for nodes in found[1:] if nodes]

    def of(self, word: str) -> dict[str, list[str]]:
        """Language → words. A word k steps away is listed 2^(D - k) times; D is the number of steps with words."""
        steps = self.steps(word, min(self._settings.depth, self._settings.max_depth))
        found: dict[str, list[str]] = defaultdict(list)
        for k, nodes in enumerate(steps, 1):
            for node in nodes:
                found[node[0]] += [self._spelling[node]] * 2 ** (len(steps) - k)
        return dict(found)

    def known(self, word: str) -> list[str]:
        """The languages of the replacements of a word."""
        return list(self.of(word))
