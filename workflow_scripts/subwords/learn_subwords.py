"""Learn the joint subwords of a study and their vocabulary from counts of words.

`python -m workflow_scripts.subwords.learn_subwords --study study.json counts/pretrain/ subwords/` writes codes or a
model of sentencepiece, tokenizer.json and vocabulary.tsv. With `subwords.from` in the study they are copied from that
model folder, with `subwords.codes` and `subwords.vocabulary` they are made of these files.
"""

import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from model.command import UserError, parser, run
from model.progress import bar
from model.records import write_json
from model.text.lines import write_lines
from model.text.mrasp_subwords import read_codes, read_vocabulary
from model.text.tokenizer import CODES, MODEL, SETTINGS, VOCABULARY, Tokenizer, subword_files
from model.text.vocabulary import SPECIALS, Vocabulary
from model.writing import whole_file
from workflow_scripts.directions import languages
from workflow_scripts.plan.subwords import counted_texts, learning_group
from workflow_scripts.study.read import read_study
from workflow_scripts.study.study import Study
from workflow_scripts.subwords.counts import read_counts
from workflow_scripts.subwords.merges import learn_merges
from workflow_scripts.subwords.sentencepiece import learn_model, pieces_of_model

WORDS = 2**16  # whose pieces are found together


def learn_codes(counts: Mapping[str, int], merges: int) -> list[str]:
    """The lines of subword-nmt's format. Raises UserError where the text supports fewer merges than asked for."""
    learned = learn_merges(counts, merges)
    if len(learned) < merges:
        raise UserError(
            f"subwords.merges: {merges} are asked for, the text supports {len(learned)}; set it to at most that"
        )
    return ["#version: 0.2", *map(" ".join, learned)]


def piece_counts(
    pieces_of_words: Callable[[Sequence[str]], list[list[str]]], counts: Mapping[str, int]
) -> Counter[str]:
    """How often each piece stands in a text, given the counts of its words."""
    found: Counter[str] = Counter()
    words = list(counts)
    with bar(len(words), "pieces", "words") as shown:
        for start in range(0, len(words), WORDS):
            some = words[start : start + WORDS]
            for word, pieces in zip(some, pieces_of_words(some), strict=True):
                for piece in pieces:
                    found[piece] += counts[word]
            shown.update(len(some))
    return found


def learn_bpe(study: Study, counts: Mapping[str, int], folder: Path) -> Vocabulary:
    """Learn and write the codes; the vocabulary of the pieces that are frequent enough."""
    settings, codes = study.subwords, languages(study.pairs[learning_group(study)])
    if settings.max_size <= len(SPECIALS) + len(codes):
        raise UserError(f"subwords.max_size: {settings.max_size} rows leave none for pieces; raise it")
    write_lines(folder / CODES, learn_codes(counts, settings.merges))
    pieces = piece_counts(Tokenizer(folder).pieces_of_words, counts)
    vocabulary = Vocabulary.build(pieces, codes, settings.min_count, settings.max_size)
    if len(vocabulary) == len(SPECIALS) + len(codes):
        raise UserError(f"subwords.min_count: no piece is seen {settings.min_count} times; lower it")
    return vocabulary


def learn_sentencepiece(study: Study, counts: Mapping[str, int], folder: Path) -> Vocabulary:
    """Learn and write the model; the vocabulary of all its pieces, with how often each was seen."""
    model, codes = learn_model(counts, study.subwords), languages(study.pairs[learning_group(study)])
    with whole_file(folder / MODEL) as part:
        part.write_bytes(model)
    seen = piece_counts(Tokenizer(folder).pieces_of_words, counts)
    pieces = {piece: seen[piece] for piece in pieces_of_model(model)}  # and no letters that it does not know
    return Vocabulary.build(pieces, codes, min_count=0, max_size=len(SPECIALS) + len(codes) + len(pieces))


def learn(study: Study, counted: Path, folder: Path) -> None:
    """Learn and write subwords, settings and vocabulary. counted: folder with the counts of each text."""
    paths = [counted / f"{text}.parquet" for text in counted_texts(study, learning_group(study))]
    words = read_counts(paths)
    if not words.counts:
        raise UserError(f"{counted}: holds no word to learn subwords from; mend the corpora of the study")
    write_json(folder / SETTINGS, {"kind": study.subwords.kind, "segmenters": study.segmenters})
    learn_kind = {"bpe": learn_bpe, "sentencepiece": learn_sentencepiece}[study.subwords.kind]
    vocabulary = learn_kind(study, words.counts, folder)
    vocabulary.write(folder / VOCABULARY)
    print(f"{study.subwords.kind} of {words}: {len(vocabulary):,} rows")


def copy(model: Path, folder: Path) -> None:
    """Take subwords, settings and vocabulary as they are from a model folder."""
    for name in (*subword_files(model), VOCABULARY):
        if not (model / name).exists():
            raise UserError(f"subwords.from: {model / name} is not there; give the folder model/ of a finished run")
        with whole_file(folder / name) as part:
            shutil.copy(model / name, part)


def take(study: Study, codes: Path, vocabulary: Path, folder: Path) -> None:
    """Make the subwords of files that others released."""
    write_lines(folder / CODES, read_codes(codes))
    write_json(folder / SETTINGS, {"kind": "bpe", "segmenters": study.segmenters})
    group = languages(study.pairs[learning_group(study)])
    rows = read_vocabulary(vocabulary, group)
    rows.write(folder / VOCABULARY)
    print(f"{len(rows):,} rows, with tokens of {', '.join(rows.languages())}")


def main() -> None:
    """Learn, or take."""
    arguments = parser(__doc__)
    arguments.add_argument("--study", required=True)
    arguments.add_argument("counts", type=Path, help="folder with {text}.parquet, counts of words")
    arguments.add_argument("folder", type=Path)
    options = arguments.parse_args()
    study = read_study(options.study)
    settings = study.subwords
    options.folder.mkdir(parents=True, exist_ok=True)
    if settings.from_:
        copy(Path(settings.from_), options.folder)
    elif settings.codes and settings.vocabulary:
        take(study, Path(settings.codes), Path(settings.vocabulary), options.folder)
    else:
        learn(study, options.counts, options.folder)


if __name__ == "__main__":
    run(main)
