"""The multi-way variant of the authors' code: words of all languages in one graph, joined as dictionaries join them.

A word of any language may be replaced with what lies up to some steps from it, in any of the allowed languages.
"""

from collections import defaultdict
from collections.abc import Mapping

from workflow_scripts.study.preparation import Graph
from workflow_scripts.substitution.translations import Dictionary

Node = tuple[str, str]  # language and word


class WordGraph:
    """Words around those of one language.

    dictionaries: language → the dictionary from `hub` into it. lower: whether words are told apart without case, as
    they are looked up; a translation keeps the spelling it was first seen with.
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
        """What lies one step from a word of the graph's language, two steps, … as far as there is anything."""
        seen, found = {(self._language, word)}, [[(self._language, word)]]
        while found[-1] and len(found) <= most:
            near = dict.fromkeys(n for node in found[-1] for n in self._neighbours.get(node, ()) if n not in seen)
            seen.update(near)
            found.append(list(near))
        return [nodes for nodes in found[1:] if nodes]

    def of(self, word: str) -> dict[str, list[str]]:
        """Language → words, those k of D steps away 2^(D - k) times, where D is `max_depth` or what there is."""
        steps = self.steps(word, min(self._settings.depth, self._settings.max_depth))
        found: dict[str, list[str]] = defaultdict(list)
        for k, nodes in enumerate(steps, 1):
            for node in nodes:
                found[node[0]] += [self._spelling[node]] * 2 ** (len(steps) - k)
        return dict(found)

    def known(self, word: str) -> list[str]:
        """The languages that something can be replaced with."""
        return list(self.of(word))
