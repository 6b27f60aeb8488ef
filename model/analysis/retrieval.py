"""Measure how often the nearest line of another language is the translation of a line.

`python -m model.analysis.retrieval OUTPUT.tsv --testset FOLDER --directions en-gl gl-en --models
mrasp=runs/mrasp/model …`

A line's vector is the mean of the encoder's states over all positions without padding. The language token and </s> are
included, as in the code released with mRASP. The nearest line is that with the largest cosine. FOLDER has
{language}.txt; line n of each file translates line n of the others, and is empty if the language lacks it.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from model.analysis.tables import write_table
from model.batches.budget import by_length
from model.batches.placement import placement_of
from model.command import UserError, direction, named_folder, parser, run
from model.machine.devices import add_threads, choose_device, use_processor
from model.network.folder import load_model
from model.network.transformer import Transformer
from model.text.lines import normalised, read_lines
from model.text.ragged import Ragged
from model.text.tokenizer import Tokenizer

BATCH_TOKENS = 8192  # tokens of a batch, padding included
COSINES = 2**24  # cosines in memory at a time


def subwords(lines: list[str], language: str, tokenizer: Tokenizer, most: int) -> Ragged:
    """The ids of each line, at most `most`. Warns of lines that are cut."""
    encoded = tokenizer.encode_lines([normalised(line) for line in lines], language)
    if cut := int((encoded.lengths() > most).sum()):
        print(f"warning: {language}: {cut} lines are longer than {most} subwords; the rest was cut", file=sys.stderr)
    return Ragged.from_lists([ids[:most].tolist() for ids in encoded])


@torch.no_grad()
def line_vectors(lines: Ragged, token: int, model: Transformer, batch_tokens: int = BATCH_TOKENS) -> Tensor:
    """The mean encoder state of each line [N, D], float32 on the processor, computed in batches of similar length.

    lines: their ids without control tokens; token: that of their language. If sources end with the target's token, it
    is this one too, as in monolingual training.
    """
    placement, device = placement_of(model.config), next(model.parameters()).device
    vectors = torch.empty(len(lines), model.config.width)
    for rows in by_length(np.arange(len(lines)), lines.lengths() + placement.controls, batch_tokens):
        tokens = np.full(len(rows), token)
        source = torch.from_numpy(placement.source(lines.take(rows), tokens, tokens))
        states, mask = model.encode(source.to(device))
        real = mask[:, 0, 0, :, None]  # [B, S, 1]
        vectors[torch.from_numpy(rows)] = ((states * real).sum(1) / real.sum(1)).cpu()
    return vectors


def nearest(queries: Tensor, candidates: Tensor, cosines: int = COSINES) -> Tensor:
    """The row [N] of the candidate [M, D] with the largest cosine to each query [N, D]; among equal ones the first.

    cosines: how many of the N * M are in memory at a time, but at least those of one query.
    """
    candidates = F.normalize(candidates, dim=1).T
    chunks = F.normalize(queries, dim=1).split(max(1, cosines // max(1, candidates.size(1))))
    return torch.cat([(chunk @ candidates).argmax(1) for chunk in chunks])


def accuracy(source: Tensor, target: Tensor, references: list[str]) -> float:
    """The fraction of source vectors [N, D] whose nearest target vector [N, D] is that of their reference.

    references: the target lines [N]. If a line occurs several times, each of its places is right.
    """
    found = nearest(source, target).tolist()
    return float(np.mean([references[i] == reference for i, reference in zip(found, references, strict=True)]))


def read_testset(
    testset: Path, directions: list[tuple[str, str]]
) -> tuple[dict[str, list[str]], dict[tuple[str, str], list[int]]]:
    """The lines of each language, and for each direction the numbers of the lines that both its languages have.

    A direction without such lines is left out with a warning. Raises UserError if no direction is left, or if the files
    have different numbers of lines.
    """
    codes = list(dict.fromkeys(code for direction in directions for code in direction))
    lines = {code: read_lines(testset / f"{code}.txt") for code in codes}
    for code in codes:
        if len(lines[code]) != (count := len(lines[codes[0]])):
            raise UserError(
                f"{testset / code}.txt: {len(lines[code])} lines, {codes[0]}.txt has {count}; line n must translate it"
            )
    common = {
        (source, target): [i for i, pair in enumerate(zip(lines[source], lines[target], strict=True)) if all(pair)]
        for source, target in directions
    }
    if lacking := [f"{source}-{target}" for (source, target), rows in common.items() if not rows]:
        print(f"warning: {testset} has no line in both languages of {', '.join(lacking)}", file=sys.stderr)
    if len(lacking) == len(common):
        raise UserError(f"{testset}: no line is in both languages of any of the directions; give others")
    return lines, {direction: rows for direction, rows in common.items() if rows}


def retrieve(
    model: Transformer,
    tokenizer: Tokenizer,
    lines: dict[str, list[str]],
    common: dict[tuple[str, str], list[int]],
) -> Iterator[dict[str, object]]:
    """A row for each direction with its accuracy. lines, common: see `read_testset`.

    Raises UserError for a language that has no token.
    """
    tokens = {code: tokenizer.vocabulary.language_id(code) for code in lines}
    room = model.config.max_positions - placement_of(model.config).controls
    vectors = {c: line_vectors(subwords(lines[c], c, tokenizer, room), tokens[c], model) for c in lines}
    for (source, target), rows in common.items():
        found = accuracy(vectors[source][rows], vectors[target][rows], [lines[target][i] for i in rows])
        yield {"source": source, "target": target, "segments": len(rows), "accuracy": found}


def main() -> None:
    """Write one table of several models and directions."""
    arguments = parser(__doc__)
    arguments.add_argument("output", type=Path)
    arguments.add_argument("--testset", type=Path, required=True, metavar="DIR")
    arguments.add_argument("--directions", type=direction, nargs="+", required=True, metavar="SOURCE-TARGET")
    arguments.add_argument("--models", type=named_folder, nargs="+", required=True, metavar="NAME=DIR")
    add_threads(arguments)
    options = arguments.parse_args()
    use_processor(options.threads)
    testset, rows = read_testset(options.testset, options.directions), []
    for name, folder in options.models:
        model, tokenizer = load_model(folder, choose_device())
        rows += [{"model": name, **row} for row in retrieve(model, tokenizer, *testset)]
    write_table(options.output, rows)


if __name__ == "__main__":
    run(main)
