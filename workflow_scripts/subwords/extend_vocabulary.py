"""Extend a vocabulary for another group of pairs by language tokens and pieces that it lacks.

`python -m workflow_scripts.subwords.extend_vocabulary --study study.json --group downstream counts/downstream/
subwords/ vocabulary.tsv`. Old rows keep their ids, so a model trained with the shorter vocabulary only gains rows.
"""

from pathlib import Path

from model.command import parser, run
from model.text.tokenizer import Tokenizer
from workflow_scripts.directions import languages
from workflow_scripts.plan.subwords import extending_pairs
from workflow_scripts.study.read import read_study
from workflow_scripts.subwords.counts import read_counts
from workflow_scripts.subwords.learn_subwords import piece_counts


def main() -> None:
    """Extend one vocabulary."""
    arguments = parser(__doc__)
    arguments.add_argument("--study", required=True)
    arguments.add_argument("--group", required=True)
    arguments.add_argument("counts", type=Path, help="folder with {pair}.parquet, counts of words")
    arguments.add_argument("subwords", type=Path)
    arguments.add_argument("vocabulary", type=Path)
    options = arguments.parse_args()
    study, tokenizer = read_study(options.study), Tokenizer(options.subwords)
    words = read_counts(options.counts / f"{pair}.parquet" for pair in extending_pairs(study, options.group))
    pieces = piece_counts(tokenizer.pieces_of_words, words.counts) if words.counts else {}
    old = tokenizer.vocabulary
    new = old.extended(pieces, languages(study.pairs[options.group]), study.subwords.extend_min_count)
    new.write(options.vocabulary)
    print(f"{options.group}: {len(old):,} rows, {len(new) - len(old):,} added")


if __name__ == "__main__":
    run(main)
