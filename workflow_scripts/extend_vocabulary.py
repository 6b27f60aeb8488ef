"""Add rows to a vocabulary for another group of pairs: new language tokens, and pieces it has no row for.

`python -m workflow_scripts.extend_vocabulary --study study.json --group downstream text/ subwords/ vocabulary.tsv`.
Old rows keep their ids, so a model trained with the shorter vocabulary only gains rows.
"""

from collections import Counter
from pathlib import Path

from model.command import parser, run
from model.tokenizer import Tokenizer
from workflow_scripts.learn_subwords import piece_counts, text_lines
from workflow_scripts.plan import extending_pairs, languages
from workflow_scripts.study import read_study


def main() -> None:
    """Extend one vocabulary."""
    arguments = parser(__doc__)
    arguments.add_argument("--study", required=True)
    arguments.add_argument("--group", required=True)
    arguments.add_argument("text", type=Path, help="folder with {pair}.parquet")
    arguments.add_argument("subwords", type=Path)
    arguments.add_argument("vocabulary", type=Path)
    options = arguments.parse_args()
    study = read_study(options.study)
    pairs = extending_pairs(study, options.group)
    lines = text_lines(study, pairs, options.text)
    words = Counter(word for language in lines.values() for line in language for word in line)
    tokenizer = Tokenizer(options.subwords)
    old = tokenizer.vocabulary
    new = old.extended(
        piece_counts(tokenizer, words), languages(study.pairs[options.group]), study.subwords.extend_min_count
    )
    new.write(options.vocabulary)
    print(f"{options.group}: {len(old):,} rows, {len(new) - len(old):,} added")


if __name__ == "__main__":
    run(main)
