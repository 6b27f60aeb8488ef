"""How often the line of another language that is nearest to a line is its translation.

`python -m model.retrieval OUTPUT.tsv --testset FOLDER --directions en-gl gl-en --models mrasp=runs/mrasp/model …`

A line's vector is the mean of the encoder's states over all its positions, the language token and </s> among them, as
the code released with mRASP pools them; padding has no part in it. The nearest line is that of the largest cosine.
FOLDER holds {language}.txt, line n of each the translation of line n of the others, empty where a language lacks it.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from model.batches import CONTROLS
from model.command import UserError, named_folder, parser, run
from model.folder import load_model
from model.lines import normalised, read_lines
from model.machine import choose_device
from model.tables import write_table
from model.tokenizer import Tokenizer
from model.transformer import Transformer
from model.vocabulary import END_ID, PAD_ID

BATCH_TOKENS = 8192  # padded, of lines that are encoded together
COSINES = 2**24  # that exist at a time


def source_ids(lines: list[str], language: str, tokenizer: Tokenizer, positions: int) -> list[list[int]]:
    """Each line as the encoder reads text of its language: its token, the subwords, </s>; at most `positions` ids.

    Warns of lines that are cut. Raises UserError for a language without a token.
    """
    token, room = tokenizer.vocabulary.language_id(language), positions - CONTROLS
    encoded = [ids.tolist() for ids in tokenizer.encode_lines([normalised(line) for line in lines], language)]
    if cut := sum(len(ids) > room for ids in encoded):
        print(f"warning: {language}: {cut} lines are longer than {room} subwords; the rest was cut", file=sys.stderr)
    return [[token, *ids[:room], END_ID] for ids in encoded]


@torch.no_grad()
def line_vectors(sources: list[list[int]], model: Transformer, batch_tokens: int = BATCH_TOKENS) -> Tensor:
    """The mean encoder state of each source [N, D], float32 on the processor, by batches of similar length."""
    device, vectors = next(model.parameters()).device, torch.empty(len(sources), model.config.width)
    for rows in _by_length(sources, batch_tokens):
        states, mask = model.encode(_padded([sources[row] for row in rows]).to(device))
        real = mask[:, 0, 0, :, None]  # [B, S, 1]
        vectors[rows] = ((states * real).sum(1) / real.sum(1)).cpu()
    return vectors


def _by_length(sources: list[list[int]], batch_tokens: int) -> list[list[int]]:
    """Rows in batches of similar length; one that is longer than the budget is alone."""
    batches: list[list[int]] = []
    for row in sorted(range(len(sources)), key=lambda row: len(sources[row])):
        if not batches or (len(batches[-1]) + 1) * len(sources[row]) > batch_tokens:
            batches.append([])
        batches[-1].append(row)
    return batches


def _padded(rows: list[list[int]]) -> Tensor:
    ids = torch.full((len(rows), max(map(len, rows))), PAD_ID)
    for row, values in zip(ids, rows, strict=True):
        row[: len(values)] = torch.tensor(values)
    return ids


def nearest(queries: Tensor, candidates: Tensor, cosines: int = COSINES) -> Tensor:
    """The candidate [M, D] of the largest cosine to each query [N, D], the first of several: rows [N].

    cosines: how many of the N * M are held at a time, or those of one query.
    """
    candidates = F.normalize(candidates, dim=1).T
    chunks = F.normalize(queries, dim=1).split(max(1, cosines // max(1, candidates.size(1))))
    return torch.cat([(chunk @ candidates).argmax(1) for chunk in chunks])


def accuracy(source: Tensor, target: Tensor, references: list[str]) -> float:
    """The share of source vectors [N, D] whose nearest target vector [N, D] is that of their reference.

    references: the target lines [N]. One that stands there several times is right wherever it is found.
    """
    found = nearest(source, target).tolist()
    return float(np.mean([references[i] == reference for i, reference in zip(found, references, strict=True)]))


def retrieve(
    model: Transformer, tokenizer: Tokenizer, testset: Path, directions: list[tuple[str, str]]
) -> Iterator[dict[str, object]]:
    """A row a direction: over the lines that both languages have, for how many the right one of them is found.

    Raises UserError for languages that have no line in common, and for files of different lengths.
    """
    codes = list(dict.fromkeys(code for direction in directions for code in direction))
    lines = {code: read_lines(testset / f"{code}.txt") for code in codes}
    for code in codes:
        if len(lines[code]) != (count := len(lines[codes[0]])):
            raise UserError(
                f"{testset / code}.txt: {len(lines[code])} lines, {codes[0]}.txt has {count}; line n must translate it"
            )
    positions = model.config.max_positions
    vectors = {c: line_vectors(source_ids(lines[c], c, tokenizer, positions), model) for c in codes}
    for source, target in directions:
        both = [i for i, pair in enumerate(zip(lines[source], lines[target], strict=True)) if all(pair)]
        if not both:
            raise UserError(f"{testset}: no line that both {source} and {target} have; leave {source}-{target} out")
        found = accuracy(vectors[source][both], vectors[target][both], [lines[target][i] for i in both])
        yield {"source": source, "target": target, "segments": len(both), "accuracy": found}


def _direction(word: str) -> tuple[str, str]:
    source, _, target = word.partition("-")
    if not source or not target:
        raise UserError(f"--directions: {word}: expected SOURCE-TARGET, for instance en-gl")
    return source, target


def main() -> None:
    """Write one table of several models and directions."""
    arguments = parser(__doc__)
    arguments.add_argument("output", type=Path)
    arguments.add_argument("--testset", type=Path, required=True, metavar="DIR")
    arguments.add_argument("--directions", type=_direction, nargs="+", required=True, metavar="SOURCE-TARGET")
    arguments.add_argument("--models", type=named_folder, nargs="+", required=True, metavar="NAME=DIR")
    arguments.add_argument("--threads", type=int, help="processor threads (default: all)")
    options = arguments.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    rows: list[dict[str, object]] = []
    for name, folder in options.models:
        model, tokenizer = load_model(folder, choose_device())
        rows += [{"model": name, **row} for row in retrieve(model, tokenizer, options.testset, options.directions)]
    write_table(options.output, rows)


if __name__ == "__main__":
    run(main)
