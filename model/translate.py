"""Translate a text: `python -m model.translate MODEL en-gl source.txt hypotheses.txt`.

One line in gives one line out, in the same order. An empty line gives an empty line; a line that is too long is cut to
the model's positions; both are counted in a warning.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from pydantic import ValidationError
from torch import Tensor

from model.batches import CONTROLS
from model.command import UserError, parser, run
from model.config import SearchConfig, first_mistake
from model.folder import load_model
from model.lines import normalised, read_lines, write_lines
from model.machine import choose_device, choose_precision
from model.progress import track
from model.search import beam_search
from model.tokenizer import Tokenizer
from model.transformer import Transformer
from model.vocabulary import END_ID, PAD_ID


def translate(
    lines: list[str], direction: tuple[str, str], model: Transformer, tokenizer: Tokenizer, search: SearchConfig
) -> list[str]:
    """Translations of `lines`, in their order. Raises UserError for a language the model has no token for."""
    source_language, target_language = direction
    vocabulary, room = tokenizer.vocabulary, model.config.max_positions - CONTROLS
    start, target_token = vocabulary.language_id(source_language), vocabulary.language_id(target_language)
    sources = tokenizer.encode_lines([normalised(line) for line in lines], source_language)
    encoded = [ids.tolist() for ids in sources]
    _warn(sum(not ids for ids in encoded), "empty or have no reference; their translation is an empty line")
    _warn(sum(len(ids) > room for ids in encoded), f"longer than {room} subwords; the rest of them was cut")
    encoded = [ids[:room] for ids in encoded]
    forbidden = torch.tensor([vocabulary.is_control(i) and i != END_ID for i in range(len(vocabulary))])
    device = next(model.parameters()).device
    precision = choose_precision("auto", device)
    results = [""] * len(lines)
    batches = _by_length(encoded, search)
    for rows in track(batches, len(batches), f"{source_language}-{target_language}", "batches"):
        source = _padded([[start, *encoded[row], END_ID] for row in rows]).to(device)
        with torch.autocast(device.type, precision, enabled=precision != torch.float32):
            best = beam_search(model, source, target_token, search, forbidden.to(device))
        for row, found in zip(rows, best, strict=True):
            results[row] = tokenizer.decode(found, target_language)
    return results


def _warn(count: int, what: str) -> None:
    if count:
        print(f"warning: {count} source lines are {what}", file=sys.stderr)


def _by_length(encoded: list[list[int]], search: SearchConfig) -> list[list[int]]:
    """Rows that are not empty, in batches of similar length within the token budget of the beam."""
    order = sorted((row for row, ids in enumerate(encoded) if ids), key=lambda row: len(encoded[row]))
    batches: list[list[int]] = []
    for row in order:
        size = (len(encoded[row]) + CONTROLS) * search.beam
        if not batches or (len(batches[-1]) + 1) * size > search.batch_tokens:
            batches.append([])
        batches[-1].append(row)
    return batches


def _padded(rows: list[list[int]]) -> Tensor:
    ids = np.full((len(rows), max(map(len, rows))), PAD_ID, dtype=np.int64)
    for row, values in zip(ids, rows, strict=True):
        row[: len(values)] = values
    return torch.from_numpy(ids)


def main() -> None:
    """Translate one file with one model."""
    arguments = parser(__doc__)
    arguments.add_argument("model", type=Path, help="model folder")
    arguments.add_argument("direction", help="for instance en-gl")
    arguments.add_argument("source", type=Path)
    arguments.add_argument("hypotheses", type=Path)
    arguments.add_argument("--references", type=Path, help="leave out the lines that are empty in this file")
    arguments.add_argument("--search", default="{}", help="settings of the search as JSON")
    arguments.add_argument("--threads", type=int, help="processor threads (default: all)")
    options = arguments.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    source_language, dash, target_language = options.direction.partition("-")
    if not dash:
        raise UserError(f"direction {options.direction!r}: write source-target, for instance en-gl")
    model, tokenizer = load_model(options.model, choose_device())
    try:
        search = SearchConfig.model_validate_json(options.search)
    except ValidationError as error:
        raise UserError(f"--search: {first_mistake(error)}") from None
    sources = read_lines(options.source)
    if options.references:
        references = read_lines(options.references)
        if len(references) != len(sources):
            raise UserError(f"{options.references}: {len(references)} lines, {options.source} has {len(sources)}")
        sources = [source if reference else "" for source, reference in zip(sources, references, strict=True)]
    lines = translate(sources, (source_language, target_language), model, tokenizer, search)
    write_lines(options.hypotheses, lines)


if __name__ == "__main__":
    run(main)
