"""Learn the joint subwords of a study and their vocabulary from counts of words.

`python -m workflow_scripts.subwords.learn_subwords --settings s.json counts/pretrain/ subwords/` writes codes or a
model of sentencepiece, tokenizer.json and vocabulary.tsv. With `subwords.from` in the study, they are copied from that
model folder, and those of sentencepiece are fitted to the text. With `subwords.codes` and `subwords.vocabulary`, they
are made of these files.
"""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from model.command import UserError, parser, run
from model.records import write_json
from model.text.lines import write_lines
from model.text.mrasp_subwords import read_codes, read_vocabulary
from model.text.tokenizer import CODES, MODEL, SETTINGS, VOCABULARY, Tokenizer, subword_files
from model.text.vocabulary import SPECIALS, Vocabulary
from model.writing import whole_file
from workflow_scripts.settings.record import read_settings
from workflow_scripts.settings.subwords import Adapted, Bpe, Copied, Learned, Learning, Released, SentencePiece
from workflow_scripts.subwords.adapt_sentencepiece import adapt
from workflow_scripts.subwords.counts import fitting_min_count, fitting_pieces, piece_counts, read_counts
from workflow_scripts.subwords.merges import learn_merges
from workflow_scripts.subwords.sentencepiece import learn_model, pieces_of_model


def learn_codes(counts: Mapping[str, int], merges: int | None) -> list[str]:
    """The merges in the format of subword-nmt; None: as many as fit.

    Raises UserError if the text supports fewer merges than asked for.
    """
    learned = learn_merges(counts, merges or fitting_pieces(counts))
    if merges and len(learned) < merges:
        raise UserError(
            f"subwords.merges: {merges} are asked for, the text supports {len(learned)}; set it to at most that"
        )
    return ["#version: 0.2", *map(" ".join, learned)]


def learn_bpe(settings: Bpe, languages: Sequence[str], counts: Mapping[str, int], folder: Path) -> Vocabulary:
    """Learn and write the merges. Returns the vocabulary of the pieces that are frequent enough."""
    if settings.max_size <= len(SPECIALS) + len(languages):
        raise UserError(f"subwords.max_size: {settings.max_size} rows leave none for pieces; raise it")
    write_lines(folder / CODES, learn_codes(counts, settings.merges))
    pieces = piece_counts(Tokenizer(folder).pieces_of_words, counts)
    min_count = settings.min_count or fitting_min_count(counts)
    vocabulary = Vocabulary.build(pieces, languages, min_count, settings.max_size)
    if len(vocabulary) == len(SPECIALS) + len(languages):
        raise UserError(f"subwords.min_count: no piece is seen {min_count} times; lower it")
    return vocabulary


def learn_sentencepiece(
    settings: SentencePiece, languages: Sequence[str], counts: Mapping[str, int], folder: Path
) -> Vocabulary:
    """Learn and write the model. Returns the vocabulary of all its pieces, with their counts."""
    model = learn_model(counts, settings)
    with whole_file(folder / MODEL) as part:
        part.write_bytes(model)
    seen = piece_counts(Tokenizer(folder).pieces_of_words, counts)
    pieces = {piece: seen[piece] for piece in pieces_of_model(model)}  # without letters that it does not know
    return Vocabulary.build(pieces, languages, min_count=0, max_size=len(SPECIALS) + len(languages) + len(pieces))


def learn(settings: Learned, counted: Path, folder: Path) -> None:
    """Learn and write subwords, settings and vocabulary. counted: folder with the counts of each text."""
    method, words = settings.method, read_counts(counted / f"{text}.parquet" for text in settings.texts)
    if not words.counts:
        raise UserError(f"{counted}: holds no word to learn subwords from; mend the corpora of the study")
    write_json(folder / SETTINGS, {"kind": method.kind, "segmenters": settings.segmenters})
    if isinstance(method, Bpe):
        vocabulary = learn_bpe(method, settings.languages, words.counts, folder)
    else:
        vocabulary = learn_sentencepiece(method, settings.languages, words.counts, folder)
    vocabulary.write(folder / VOCABULARY)
    print(f"{method.kind} of {words}: {len(vocabulary):,} rows")


def copy(model: Path, folder: Path) -> None:
    """Copy subwords, settings and vocabulary from a model folder."""
    for name in (*subword_files(model), VOCABULARY):
        if not (model / name).exists():
            raise UserError(f"subwords.from: {model / name} is not there; give the folder model/ of a finished run")
        with whole_file(folder / name) as part:
            shutil.copy(model / name, part)


def fit(settings: Adapted, counted: Path, folder: Path) -> None:
    """Write the subwords of a model folder, fitted to the text of the study. counted: has the counts of all texts."""
    copy(Path(settings.model), folder)
    if Tokenizer(folder).settings["files"]:
        if settings.trim or settings.new_pieces:
            raise UserError("subwords.from: has a model for each language; take trim and new_pieces out of subwords")
        return
    old = Vocabulary.read(folder / VOCABULARY)
    words = read_counts(counted / f"{text}.parquet" for text in settings.texts)
    if not words.counts:
        raise UserError(f"{counted}: holds no word to fit subwords to; mend the corpora of the study")
    model, new = adapt((folder / MODEL).read_bytes(), old, words.counts, settings)
    with whole_file(folder / MODEL) as part:
        part.write_bytes(model)
    new.write(folder / VOCABULARY)
    added = {*new.pieces} - {*old.pieces}
    said = f"{len(old):,} rows, of which {len(new) - len(added):,} stay; {len(added):,} added"
    if settings.new_pieces:
        longer = sum(len(piece) > 1 for piece in added)
        said += f", of which {longer:,} are longer than a letter; {settings.new_pieces:,} such pieces were asked for"
    print(said)


def take(settings: Released, folder: Path) -> None:
    """Make the subwords of files that others released."""
    write_lines(folder / CODES, read_codes(Path(settings.codes)))
    write_json(folder / SETTINGS, {"kind": "bpe", "segmenters": settings.segmenters})
    rows = read_vocabulary(Path(settings.vocabulary), settings.languages)
    rows.write(folder / VOCABULARY)
    print(f"{len(rows):,} rows, with tokens of {', '.join(rows.languages())}")


def main() -> None:
    """Learn, copy or convert subwords."""
    arguments = parser(__doc__)
    arguments.add_argument("--settings", required=True)
    arguments.add_argument("counts", type=Path, help="folder with {text}.parquet, counts of words")
    arguments.add_argument("folder", type=Path)
    options = arguments.parse_args()
    settings = read_settings(Learning, options.settings).subwords
    options.folder.mkdir(parents=True, exist_ok=True)
    if isinstance(settings, Adapted):
        fit(settings, options.counts, options.folder)
    elif isinstance(settings, Copied):
        copy(Path(settings.model), options.folder)
    elif isinstance(settings, Released):
        take(settings, options.folder)
    else:
        learn(settings, options.counts, options.folder)


if __name__ == "__main__":
    run(main)
