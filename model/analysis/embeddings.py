"""Compare the embeddings of words and their translations (Lin et al. 2020, figures 2, 3 and 5 to 8).

`python -m model.analysis.embeddings similarity OUTPUT.tsv --dictionaries en-gl.tsv … --models mrasp=runs/mrasp/model …`

similarity: the mean cosine of the pairs of each dictionary, and of random pairs, to compare.
projection: all words of a dictionary on the first two principal components of both languages together.

The vector of a word, or of a translation of several words, is the sum of the embeddings of its subwords. A dictionary
has lines of word TAB translation, the most frequent first. Its file name has the languages. Pairs with a subword that
the model's vocabulary lacks are left out and counted. Nothing here is random.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open

from model.analysis.tables import write_table
from model.command import UserError, named_folder, parser, run
from model.network.folder import WEIGHTS, check_files
from model.text.lines import normalised, read_lines
from model.text.tokenizer import Tokenizer
from model.text.vocabulary import UNKNOWN_ID

ENTRIES = 1000  # of each dictionary, the first ones, as in figure 3
TOKENS = "embedding.tokens.weight"  # name of the tied embedding matrix


@dataclass(frozen=True)
class Pairs:
    """Words and their translations, with their vectors under a model."""

    languages: tuple[str, str]
    words: list[tuple[str, str]]
    vectors: tuple[np.ndarray, np.ndarray]  # [pairs, D] float64 each
    unknown: int  # number of pairs that were left out


def read_dictionary(path: Path, count: int) -> tuple[tuple[str, str], list[tuple[str, str]]]:
    """The languages in the name of a dictionary, and its first `count` entries.

    Raises UserError if the name is not like en-gl.tsv, or a line is not word TAB translation.
    """
    languages = path.stem.split("-")
    if len(languages) != 2:
        raise UserError(f"{path}: its name does not say its languages; name it for instance en-gl.tsv")
    pairs = []
    for number, line in enumerate(read_lines(path)[:count], 1):
        word, translation = [*map(normalised, line.split("\t")), "", ""][:2]
        if not word or not translation:
            raise UserError(f"{path}: line {number}: expected word TAB translation, found {line[:60]!r}")
        pairs.append((word, translation))
    return (languages[0], languages[1]), pairs


def token_matrix(folder: Path) -> np.ndarray:
    """The embedding matrix [V, D] of a model folder. Raises UserError if the folder is incomplete or damaged."""
    check_files(folder)
    try:
        with safe_open(folder / WEIGHTS, framework="numpy") as weights:
            return weights.get_tensor(TOKENS)  # type: ignore[no-any-return]
    except SafetensorError as error:
        raise UserError(f"{folder / WEIGHTS}: damaged ({error}); copy the model folder again") from None


def word_vectors(
    words: list[str], language: str, tokenizer: Tokenizer, matrix: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The sum of the embeddings of each word's subwords [words, D] float64, and whether the vocabulary has all of them.

    matrix: [V, D]. An entry of `words` may have several words.
    """
    ids = tokenizer.encode_lines(words, language)
    rows = ids.row_of_items()
    vectors = np.zeros((len(words), matrix.shape[1]))
    np.add.at(vectors, rows, matrix[ids.values])
    known = ids.lengths() > 0
    known[rows[ids.values == UNKNOWN_ID]] = False
    return vectors, known


def vectors_of_pairs(
    languages: tuple[str, str], words: list[tuple[str, str]], tokenizer: Tokenizer, matrix: np.ndarray
) -> Pairs:
    """The pairs whose subwords are all in the vocabulary, with their vectors."""
    sides = [list(side) for side in zip(*words, strict=True)] or [[], []]
    (source, known), (target, known_too) = (
        word_vectors(side, language, tokenizer, matrix) for side, language in zip(sides, languages, strict=True)
    )
    kept = np.flatnonzero(known & known_too)
    return Pairs(languages, [words[i] for i in kept], (source[kept], target[kept]), len(words) - len(kept))


def mean_cosines(source: np.ndarray, target: np.ndarray) -> tuple[float, float]:
    """Mean cosine of row i of `source` and row i of `target` [N, D], and of row i and row j ≠ i; N is at least 2.

    The second is the expected value for random pairs. A vector of zeros has the cosine 0 with every other.
    """
    source, target = map(_of_length_one, (source, target))
    count, of_pairs = len(source), float((source * target).sum())
    of_all = float(source.sum(0) @ target.sum(0))  # the sum of all products is the product of the sums
    return of_pairs / count, (of_all - of_pairs) / (count * (count - 1))


def _of_length_one(vectors: np.ndarray) -> np.ndarray:
    lengths: np.ndarray = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1)


def principal_components(vectors: np.ndarray) -> np.ndarray:
    """Coordinates [N, 2] of vectors [N, D] on their first two principal components; N and D are at least 2.

    The sign of a component is arbitrary. Here the coordinate that is farthest from 0 is positive.
    """
    left, sizes, _ = np.linalg.svd(vectors - vectors.mean(0), full_matrices=False)
    points: np.ndarray = left[:, :2] * sizes[:2]
    farthest = points[np.abs(points).argmax(0), [0, 1]]
    return points * np.where(farthest < 0, -1.0, 1.0)


def similarity(pairs: Pairs) -> Iterator[dict[str, object]]:
    """One row: how similar the pairs are (figure 3). Pairs with the same spelling have the cosine 1 in any model."""
    cosine, random_cosine = mean_cosines(*pairs.vectors)
    yield {
        "pairs": len(pairs.words),
        "unknown": pairs.unknown,
        "identical": sum(word == translation for word, translation in pairs.words),
        "cosine": cosine,
        "random_cosine": random_cosine,
    }


def projection(pairs: Pairs) -> Iterator[dict[str, object]]:
    """A row with the coordinates of each distinct word of each language (figures 2 and 5 to 8)."""
    rows = [
        (language, words[side], vector)
        for side, language in enumerate(pairs.languages)
        for words, vector in zip(pairs.words, pairs.vectors[side], strict=True)
    ]
    distinct = list({row[:2]: row for row in rows}.values())
    points = principal_components(np.stack([vector for _, _, vector in distinct]))
    for (language, word, _), (x, y) in zip(distinct, points.tolist(), strict=True):
        yield {"language": language, "word": word, "x": x, "y": y}


# Functions from the pairs of one dictionary and one model to rows of the table.
ANALYSES: dict[str, Callable[[Pairs], Iterator[dict[str, object]]]] = {
    "similarity": similarity,
    "projection": projection,
}


def analyse(
    analysis: str, models: list[tuple[str, Path]], dictionaries: list[Path], count: int
) -> Iterator[dict[str, object]]:
    """The rows of all models and dictionaries. Raises UserError if a model's vocabulary has fewer than two pairs."""
    for name, folder in models:
        matrix, tokenizer = token_matrix(folder), Tokenizer(folder)
        if len(matrix) != len(tokenizer.vocabulary):
            raise UserError(f"{folder}: its files do not belong together; copy the model folder again")
        for path in dictionaries:
            pairs = vectors_of_pairs(*read_dictionary(path, count), tokenizer, matrix)
            if len(pairs.words) < 2:
                raise UserError(f"{path}: {folder} can spell {len(pairs.words)} of its pairs; give another dictionary")
            about = {"model": name, "source": pairs.languages[0], "target": pairs.languages[1]}
            yield from ({**about, **row} for row in ANALYSES[analysis](pairs))


def main() -> None:
    """Write one table of several models and dictionaries."""
    arguments = parser(__doc__)
    arguments.add_argument("analysis", choices=ANALYSES)
    arguments.add_argument("output", type=Path)
    arguments.add_argument("--dictionaries", type=Path, nargs="+", required=True, metavar="TSV")
    arguments.add_argument("--models", type=named_folder, nargs="+", required=True, metavar="NAME=DIR")
    arguments.add_argument("--entries", type=int, default=ENTRIES, metavar="N", help=f"of each dictionary ({ENTRIES})")
    options = arguments.parse_args()
    write_table(options.output, analyse(options.analysis, options.models, options.dictionaries, options.entries))


if __name__ == "__main__":
    run(main)
