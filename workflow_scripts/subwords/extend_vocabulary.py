"""Extend a vocabulary for another group of pairs by language tokens and pieces that it lacks.

`python -m workflow_scripts.subwords.extend_vocabulary --settings s.json counts/downstream/ subwords/ vocabulary.tsv`.
Old rows keep their ids, so a model that was trained with the shorter vocabulary only gets more rows.
"""

from pathlib import Path

from model.command import parser, run
from model.text.tokenizer import Tokenizer
from workflow_scripts.settings.record import read_settings
from workflow_scripts.settings.subwords import Extending
from workflow_scripts.subwords.counts import piece_counts, read_counts


def main() -> None:
    """Extend one vocabulary."""
    arguments = parser(__doc__)
    arguments.add_argument("--settings", required=True)
    arguments.add_argument("counts", type=Path, help="folder with {pair}.parquet, counts of words")
    arguments.add_argument("subwords", type=Path)
    arguments.add_argument("vocabulary", type=Path)
    options = arguments.parse_args()
    settings, tokenizer = read_settings(Extending, options.settings), Tokenizer(options.subwords)
    words = read_counts(options.counts / f"{text}.parquet" for text in settings.texts)
    pieces = piece_counts(tokenizer.pieces_of_words, words.counts) if words.counts else {}
    old = tokenizer.vocabulary
    new = old.extended(pieces, settings.languages, settings.min_count)
    new.write(options.vocabulary)
    print(f"{options.counts.name}: {len(old):,} rows, {len(new) - len(old):,} added")


if __name__ == "__main__":
    run(main)
