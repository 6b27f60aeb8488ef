"""Random aligned substitution (RAS): copies of a direction's segments with words of the source in other languages.

`python -m workflow_scripts.substitute --study … --dictionaries DIR … en-es text.parquet shards/substituted/en-es`
(mRASP, section 2.3). Each copy is in one language, drawn for it; each word that has an entry there is replaced with
the study's probability by one of its translations. The target stays. A copy without any replacement is left out.
"""

import random
from collections.abc import Mapping
from pathlib import Path

from model.command import UserError, parser, run
from model.lines import read_lines
from model.progress import track
from model.shards import write_shards
from model.tokenizer import Tokenizer
from workflow_scripts.plan import dictionary_pairs, learning_group
from workflow_scripts.study import Substitution, read_study
from workflow_scripts.text import read_pairs

Dictionary = Mapping[str, list[str]]


def read_dictionary(path: Path, top_words: int) -> dict[str, list[str]]:
    """Word → translations of the first `top_words` words of a dictionary, in the file's order.

    Raises UserError with the line for a row without two columns.
    """
    entries: dict[str, list[str]] = {}
    for number, line in enumerate(read_lines(path), 1):
        columns = line.split("\t")
        if len(columns) < 2 or not columns[0] or not columns[1]:
            raise UserError(f"{path}: line {number}: expected word TAB translation, found {line[:60]!r}")
        if columns[0] not in entries and len(entries) == top_words:
            break
        entries.setdefault(columns[0], []).append(columns[1])
    return entries


def substitute(words: list[str], dictionary: Dictionary, probability: float, draw: random.Random) -> list[str] | None:
    """The words with some replaced, or None where none was, or only by words that are spelt alike.

    Words are looked up in lower case; one that begins with a capital gives it to its replacement, which may be several
    words.
    """
    changed, result = False, []
    for word in words:
        translations = dictionary.get(word.lower())
        if translations and draw.random() < probability:
            translation = draw.choice(translations)
            replacement = translation[0].upper() + translation[1:] if word[0].isupper() else translation
            changed |= replacement != word
            result.extend(replacement.split())
        else:
            result.append(word)
    return result if changed else None


def copies(
    words: list[str], dictionaries: Mapping[str, Dictionary], settings: Substitution, seed: str
) -> list[list[str]]:
    """The substituted copies of one source: at most `settings.copies`, each in a language of its own.

    seed: names the row, so that its copies do not depend on any other row.
    """
    draw = random.Random(seed)
    chosen = draw.sample(sorted(dictionaries), min(settings.copies, len(dictionaries)))
    made = (substitute(words, dictionaries[language], settings.probability, draw) for language in chosen)
    return [copy for copy in made if copy is not None]


def main() -> None:
    """Substitute one direction."""
    arguments = parser(__doc__)
    arguments.add_argument("--study", required=True)
    arguments.add_argument("--subwords", required=True)
    arguments.add_argument("--vocabulary", required=True)
    arguments.add_argument("--dictionaries", type=Path, required=True, help="folder with en-es.tsv, …")
    arguments.add_argument("direction")
    arguments.add_argument("text", type=Path)
    arguments.add_argument("folder", type=Path)
    options = arguments.parse_args()
    study, tokenizer = read_study(options.study), Tokenizer(options.subwords, options.vocabulary)
    settings, (source, target) = study.substitution, options.direction.split("-")
    dictionaries = {
        name.split("-")[1]: read_dictionary(options.dictionaries / f"{name}.tsv", settings.top_words)
        for name in dictionary_pairs(study, learning_group(study))
    }
    if settings.exclude_target:
        dictionaries.pop(target, None)
    rows, pairs = [], read_pairs(options.text, options.direction)
    for number, (s, t) in enumerate(track(pairs, len(pairs), f"substitute {options.direction}", "segments")):
        seed = f"{study.seed}:{options.direction}:{number}"
        for words in copies(tokenizer.words(s, source), dictionaries, settings, seed):
            ids = tokenizer.vocabulary.ids(tokenizer.pieces(words))
            rows.append((ids, tokenizer.encode(t, target)))
    about = {"kind": "substituted", **settings.model_dump()}
    write_shards(options.folder, rows, (source, target), tokenizer.vocabulary, study.seed, about)
    print(f"{options.direction}: {len(rows):,} copies of {len(pairs):,} segments")


if __name__ == "__main__":
    run(main)
