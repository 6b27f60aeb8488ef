"""Random aligned substitution (RAS): copy segments with words of one side replaced by translations.

`python -m workflow_scripts.substitution.substitute --settings … --dictionaries DIR … en-es text.parquet
shards/substituted/en-es` (mRASP, section 2.3). With `--part 2-of-8`, only the part files of that share, for
`gather_shards`. A random language is drawn for each copy. Each word with an entry in its dictionary is replaced by one
of its translations, with the probability of the study. The other side stays the same. A copy without any substitution
is left out. A copy that has become a segment of a test or dev set is left out and counted. With `--restore`, the
sources are the copies and the targets the original segments: the kind `codeswitched`.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa

from model.command import UserError, parser, run
from model.text.tokenizer import Tokenizer
from workflow_scripts.draws import stream
from workflow_scripts.settings.record import read_settings
from workflow_scripts.settings.substitution import Substituting
from workflow_scripts.shards.leaks import HeldOutSegments
from workflow_scripts.shards.parts import WHOLE, Sides, parse_part, write_parts
from workflow_scripts.study.preparation import Substitution
from workflow_scripts.substitution.copies import Substituter
from workflow_scripts.substitution.translations import Dictionary, Direct, Translations, read_dictionary
from workflow_scripts.substitution.word_graph import WordGraph

NOTHING = (
    "no language is left whose words a copy may take, so no copies are made: substitution.exclude_target leaves out the"
    " language of the other side; add a pair in another language, or set it to false"
)


def read_dictionaries(folder: Path, settings: Substituting) -> dict[str, Dictionary]:
    """Language → the dictionary into it, of all dictionaries that a direction is substituted with.

    Raises UserError if they are all empty, because there would be no copy.
    """
    paths = {name.split("-")[1]: folder / f"{name}.tsv" for name in settings.dictionaries}
    dictionaries = {language: read_dictionary(path, settings.substitution) for language, path in paths.items()}
    if dictionaries and not any(dictionary.entries for dictionary in dictionaries.values()):
        raise UserError(
            f"{folder}: all dictionaries are empty ({', '.join(settings.dictionaries)}), so no word can be substituted;"
            " lower dictionaries.min_count, add sources to dictionaries.sources, or train on other shards"
        )
    return dictionaries


class Direction:
    """Makes the shards of a direction for `write_parts`; with `restore`, of its substituted side alone.

    Raises UserError if neither side is substituted.
    """

    def __init__(
        self,
        settings: Substituting,
        direction: str,
        tokenizer: Tokenizer,
        dictionaries: Mapping[str, Dictionary],
        restore: bool = False,
        held_out: HeldOutSegments | None = None,
    ):
        how, side = settings.substitution, settings.side
        if side is None:
            which = f"substitution.language {how.language} with sides: {how.sides}"
            raise UserError(f"{direction}: {which} is not in it")
        source, target = direction.split("-")
        self._tokenizer, self._dictionaries, self._restore = tokenizer, dictionaries, restore
        self._held_out, self._dropped = held_out, 0
        self._side, self._other = (side, target if side == source else source)
        self.kind = "codeswitched" if restore else "substituted"
        self.languages = (side, side) if restore else (source, target)
        self.borrows = how.allowed_languages(dictionaries, side, side if restore else self._other)
        self.substituter = Substituter(
            self._translations(how),
            self.borrows,
            how,
            tokenizer,
            side,
            stream(settings.seed, direction, self.kind),
        )

    def _translations(self, settings: Substitution) -> Translations:
        if not settings.graph:
            return Direct(self._dictionaries)
        lower = settings.match == "lowercase"
        return WordGraph(self._dictionaries, settings.language, self._side, settings.graph, lower)

    def make(self, first: int, text: pa.RecordBatch) -> Sides:
        """The ids of the sources and targets of the copies of some rows. first: number of the first row."""
        copies = self.substituter.copies(first, text[self._side])
        if self._held_out:
            whole, _ = self._held_out.found(copies.ids, self._side)
            copies, self._dropped = copies.without(whole), self._dropped + len(whole)
        if self._restore:
            return copies.ids, copies.originals()
        rows, row = np.unique(copies.rows, return_inverse=True)
        others = self._tokenizer.encode_lines(text[self._other].take(pa.array(rows)), self._other).take(row)
        return (copies.ids, others) if self._side == self.languages[0] else (others, copies.ids)

    def tally(self) -> dict[str, object]:
        """The counts since the last call, by language, with the sizes of dictionaries."""
        counts = self.substituter.tally.take()
        for language in counts.keys() & self._dictionaries.keys():
            dictionary = self._dictionaries[language]
            counts[language] |= {"entries": dictionary.entries, "words": len(dictionary.words)}
        dropped, self._dropped = self._dropped, 0
        return {"languages": counts, "held_out": dropped}


def main() -> None:
    """Substitute one direction, or a share of it."""
    arguments = parser(__doc__)
    arguments.add_argument("--settings", required=True)
    arguments.add_argument("--subwords", required=True)
    arguments.add_argument("--vocabulary", required=True)
    arguments.add_argument("--dictionaries", type=Path, required=True, help="folder with en-es.tsv, …")
    arguments.add_argument("--part", type=parse_part, default=WHOLE, help="a share, 1-of-8 to 8-of-8")
    arguments.add_argument("--testsets", type=Path, nargs="*", default=[], help="folders whose segments no copy may be")
    arguments.add_argument("--restore", action="store_true", help="targets are the segments that were substituted")
    arguments.add_argument("direction")
    arguments.add_argument("text", type=Path)
    arguments.add_argument("folder", type=Path)
    options = arguments.parse_args()
    settings, tokenizer = read_settings(Substituting, options.settings), Tokenizer(options.subwords, options.vocabulary)
    dictionaries = read_dictionaries(options.dictionaries, settings)
    held_out = HeldOutSegments.read(options.testsets, tokenizer)
    direction = Direction(settings, options.direction, tokenizer, dictionaries, options.restore, held_out)
    if not direction.borrows:
        print(f"warning: {options.direction}: {NOTHING}", file=sys.stderr)
    elif not settings.substitution.graph and not any(dictionaries[language].entries for language in direction.borrows):
        languages = ", ".join(direction.borrows)
        print(
            f"warning: {options.direction}: the dictionaries of {languages} are empty, so no copies are made",
            file=sys.stderr,
        )
    rows = write_parts(
        options.folder,
        options.part,
        options.text,
        options.direction,
        direction.make,
        tokenizer.vocabulary,
        settings.seed,
        {"kind": direction.kind, **settings.substitution.model_dump()},
        direction.tally,
        direction.languages,
    )
    print(f"{options.direction}: {rows:,} copies")


if __name__ == "__main__":
    run(main)
