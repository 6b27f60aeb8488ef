"""Learn the joint BPE of a study and its vocabulary, with over-sampling.

`python -m workflow_scripts.learn_subwords --study study.json text/ subwords/` writes codes, tokenizer.json and
vocabulary.tsv; with `subwords.from` in the study they are copied from that model folder.
"""

import io
import random
import shutil
from collections import Counter
from pathlib import Path

from model.command import UserError, parser, run
from model.config import write_json
from model.lines import write_lines
from model.progress import track
from model.segmenters import segmenter
from model.tokenizer import CODES, SETTINGS, VOCABULARY, Tokenizer
from model.vocabulary import SPECIALS, Vocabulary
from workflow_scripts.plan import languages, learning_group
from workflow_scripts.study import Study, read_study
from workflow_scripts.text import read_pairs


def copies(count: int, largest: int) -> tuple[int, int]:
    """How often all of a language's lines are taken, and how many are drawn once more, to reach `largest` lines.

    This is the over-sampling of mRASP's code, by arithmetic instead of by copying files.
    """
    return divmod(largest, count)


def oversampled_words(lines: dict[str, list[list[str]]], seed: int) -> Counter[str]:
    """Word counts over all languages, each brought to as many lines as the largest has.

    lines: language → words of each line.
    """
    largest = max(map(len, lines.values()))
    total: Counter[str] = Counter()
    for language in sorted(lines):
        times, extra = copies(len(lines[language]), largest)
        counts = Counter(word for words in lines[language] for word in words)
        total.update({word: count * times for word, count in counts.items()})
        drawn = random.Random(f"{seed}:{language}").sample(lines[language], extra)
        total.update(word for words in drawn for word in words)
    return total


def learn_codes(counts: Counter[str], merges: int) -> str:
    """Codes of subword-nmt's format. Raises UserError where the text supports fewer merges than asked for."""
    from subword_nmt.learn_bpe import learn_bpe

    words = "".join(f"{word} {count}\n" for word, count in sorted(counts.items()))
    codes = io.StringIO()
    learn_bpe(io.StringIO(words), codes, merges, min_frequency=2, is_dict=True)
    learned = codes.getvalue().count("\n") - 1
    if learned < merges:
        raise UserError(f"subwords.merges: {merges} are asked for, the text supports {learned}; set it to at most that")
    return codes.getvalue()


def piece_counts(tokenizer: Tokenizer, words: Counter[str]) -> Counter[str]:
    """How often each piece stands in a text, given the counts of its words."""
    counts: Counter[str] = Counter()
    for word, count in track(words.items(), len(words), "pieces", "words"):
        for piece in tokenizer.pieces([word]):
            counts[piece] += count
    return counts


def text_lines(study: Study, pairs: list[str], text: Path) -> dict[str, list[list[str]]]:
    """Language → words of each line of all its sides in the text of some pairs."""
    lines: dict[str, list[list[str]]] = {language: [] for language in languages(pairs)}
    for pair in track(pairs, len(pairs), "words", "pairs"):
        for code, side in zip(
            pair.split("-"), zip(*read_pairs(text / f"{pair}.parquet", pair), strict=True), strict=True
        ):
            split = segmenter(code, study.segmenters).split
            lines[code] += [split(line, code) for line in side]
    return lines


def learn(study: Study, text: Path, folder: Path) -> None:
    """Learn and write codes, settings and vocabulary."""
    pairs, settings = study.pairs[learning_group(study)], study.subwords
    words = oversampled_words(text_lines(study, pairs, text), study.seed)
    write_lines(folder / CODES, learn_codes(words, settings.merges).splitlines())
    write_json(folder / SETTINGS, {"segmenters": study.segmenters})
    counts = piece_counts(Tokenizer(folder), words)
    vocabulary = Vocabulary.build(counts, languages(pairs), settings.min_count, settings.max_size)
    if len(vocabulary) <= len(SPECIALS) + len(languages(pairs)):
        raise UserError(f"subwords.min_count: no piece is seen {settings.min_count} times; lower it")
    vocabulary.write(folder / VOCABULARY)
    print(f"{settings.merges:,} merges, {len(vocabulary):,} rows")


def copy(model: Path, folder: Path) -> None:
    """Take codes, settings and vocabulary as they are from a model folder."""
    for name in (CODES, SETTINGS, VOCABULARY):
        if not (model / name).exists():
            raise UserError(f"subwords.from: {model / name} is not there; give the folder model/ of a finished run")
        shutil.copy(model / name, folder / name)


def main() -> None:
    """Learn, or copy."""
    arguments = parser(__doc__)
    arguments.add_argument("--study", required=True)
    arguments.add_argument("text", type=Path, help="folder with {pair}.parquet")
    arguments.add_argument("folder", type=Path)
    options = arguments.parse_args()
    study = read_study(options.study)
    options.folder.mkdir(parents=True, exist_ok=True)
    if study.subwords.from_:
        copy(Path(study.subwords.from_), options.folder)
    else:
        learn(study, options.text, options.folder)


if __name__ == "__main__":
    run(main)
