"""Translate text: `python -m model.translate --model DIR --source en --target gl < input.txt > output.txt`.

Each input line gives one output line, in the same order. Lines that arrive together are translated together, and
written at once. On a processor, several processes share the work, and one line or a few are translated without waiting
for them to start. An empty line gives an empty line. A line that is too long for the model's positions is cut. Warnings
count both, lines that are mostly `<unk>`, and translations of the longest length. With several models, their
probabilities are averaged.
"""

import argparse
import contextlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
import torch
from pydantic import ValidationError

from model.batches.budget import by_length
from model.batches.placement import placement_of
from model.command import UserError, parser, run
from model.config.search import SearchConfig
from model.decoding.generate import generate, longest
from model.decoding.steps import Hypothesis, cast_once, forbidden_rows
from model.decoding.text_io import arriving_lines, output
from model.interop.ctranslate2_search import Converted, converted_search, is_installed, load_converted
from model.machine.devices import add_threads, choose_device, choose_precision, count_cores, use_processor
from model.machine.launch import MOST_PROCESSES
from model.machine.workers import Workers
from model.network.folder import load_model
from model.network.transformer import Transformer
from model.progress import bar
from model.records import first_mistake
from model.text.languages import meant
from model.text.lines import normalised, read_lines
from model.text.ragged import Ragged
from model.text.tokenizer import Tokenizer
from model.text.vocabulary import UNKNOWN_ID

SORTED_LINES = 4096  # lines that are sorted by length together, at most
CUT = "translations are as long as search.max_length_factor or the model's positions allow, so they may be cut"
BATCH_TOKENS = {"processor": 4096, "gpu": 32_768}
ENGINES = ("auto", "torch", "ctranslate2")
Models: TypeAlias = Sequence[Transformer] | Sequence[Converted]
Search: TypeAlias = Callable[[tuple[np.ndarray, int]], list[list[Hypothesis]]]  # of padded sources and target language
ALONE = Workers(1, lambda: None)  # type: ignore[arg-type, return-value]


class Translation(NamedTuple):
    """A line of text, and its score: log-probability / length^penalty."""

    text: str
    score: float


def translate(
    lines: list[str], direction: tuple[str, str], models: Models, tokenizer: Tokenizer, search: SearchConfig
) -> list[str]:
    """The best translations of `lines`, in their order. Raises UserError for a language that has no token."""
    notes: Counter[str] = Counter()
    nbest = translations(lines, direction, models, tokenizer, search, notes)
    _warn(notes)
    return [best[0].text for best in nbest]


def translations(
    lines: list[str],
    direction: tuple[str, str],
    models: Models,
    tokenizer: Tokenizer,
    search: SearchConfig,
    notes: Counter[str],
    advance: Callable[[int], object] = lambda lines: None,
    workers: Workers = ALONE,
) -> list[list[Translation]]:
    """The `nbest` translations of each of `lines`, best first.

    notes: counts lines and translations to warn of. advance: is called with the number of lines that were just done.
    workers: processes that search with the same models. Raises UserError for a language that has no token.
    """
    vocabulary, configs = tokenizer.vocabulary, [model.config for model in models]
    placement = placement_of(configs[0])
    source_token, target_token = map(vocabulary.language_id, direction)
    encoded = [ids.tolist() for ids in tokenizer.encode_lines([normalised(line) for line in lines], direction[0])]
    room = min(config.max_positions for config in configs) - placement.controls
    _count_unusual(encoded, room, notes)
    encoded = [ids[:room] for ids in encoded]
    results = [[Translation("", 0.0)] for _ in lines]
    advance(sum(not ids for ids in encoded))
    lengths = np.array([len(ids) for ids in encoded], np.int64)
    tokens_of_rows = (lengths + placement.controls) * search.rows()
    batches = by_length(lengths.nonzero()[0], tokens_of_rows, search.batch_tokens or _batch_tokens(models))
    items = []
    for rows in batches:
        tokens = np.full(len(rows), source_token), np.full(len(rows), target_token)
        items.append((placement.source(Ragged.from_lists([encoded[row] for row in rows]), *tokens), target_token))
    for number, found in workers.map(_search_of(models, tokenizer, search), items):
        limits = longest(configs, torch.from_numpy(items[number][0]), search.max_length_factor)
        notes[CUT] += sum(len(best.ids) + 1 >= limit for (best, *_), limit in zip(found, limits, strict=True))
        for row, hypotheses in zip(batches[number], found, strict=True):
            results[row] = [Translation(tokenizer.decode(h.ids, direction[1]), h.score) for h in hypotheses]
        advance(len(found))
    return results


def _count_unusual(encoded: list[list[int]], room: int, notes: Counter[str]) -> None:
    """Count lines that are empty, too long or mostly unknown, and unknown subwords where they are more than 1%."""
    notes["source lines are empty, or so is their reference; their translation is an empty line"] += encoded.count([])
    notes[f"source lines are longer than {room} subwords; the rest of them was cut"] += sum(
        len(ids) > room for ids in encoded
    )
    notes[
        "source lines are half or more <unk>: the model does not know their letters, so their translations mean nothing"
    ] += sum(0 < len(ids) <= 2 * ids.count(UNKNOWN_ID) for ids in encoded)
    pieces, unknown = sum(map(len, encoded)), sum(ids.count(UNKNOWN_ID) for ids in encoded)
    what = "source subwords are <unk>, more than 1%: letters that the model does not know, so it cannot translate them"
    notes[what] += unknown if unknown > pieces / 100 else 0


def _batch_tokens(models: Models) -> int:
    """The size of a batch where the search sets none: on a GPU, a position takes about as long with many rows."""
    on_gpu = isinstance(models[0], Transformer) and next(models[0].parameters()).is_cuda
    return BATCH_TOKENS["gpu" if on_gpu else "processor"]


def _search_of(models: Models, tokenizer: Tokenizer, search: SearchConfig) -> Search:
    """The search of loaded models, by the engine that they were loaded for."""
    forbidden = forbidden_rows(tokenizer.vocabulary)
    converted = [model for model in models if isinstance(model, Converted)]
    if converted:
        return lambda batch: converted_search(converted, torch.from_numpy(batch[0]), batch[1], search, forbidden)
    loaded = [model for model in models if isinstance(model, Transformer)]
    device = next(loaded[0].parameters()).device
    forbidden = forbidden.to(device)
    return lambda batch: generate(loaded, torch.from_numpy(batch[0]).to(device), batch[1], search, forbidden)


def _load_search(folders: Sequence[Path], engine: str, search: SearchConfig, threads: int) -> Search:
    """Load models in a process of its own."""
    use_processor(threads)
    return _search_of(*load(folders, engine, search), search)


def _warn(notes: Counter[str]) -> None:
    for what, count in notes.items():
        if count:
            print(f"warning: {count} {what}", file=sys.stderr)


def load(folders: Sequence[Path], engine: str, search: SearchConfig) -> tuple[Models, Tokenizer]:
    """Load models with the same vocabulary, and their tokenizer.

    engine: `auto` takes CTranslate2 on a processor, if it is installed and can do this search. Raises UserError if the
    models have different vocabularies, and for an engine that is not installed or cannot do this search.
    """
    tokenizers = [Tokenizer(folder) for folder in folders]
    for folder, tokenizer in zip(folders, tokenizers, strict=True):
        if tokenizer.vocabulary.sha256() != tokenizers[0].vocabulary.sha256():
            raise UserError(f"{folder}: its vocabulary is not that of {folders[0]}; only models of one can be averaged")
    able = len(folders) == 1 and not search.sampling  # whether CTranslate2 can do this search
    if engine == "ctranslate2" and not able:
        raise UserError("--engine ctranslate2: takes one model and does not sample; take --engine torch")
    if engine == "ctranslate2" and not is_installed():
        raise UserError("--engine ctranslate2: is not installed; run `pip install ctranslate2`")
    device = choose_device()
    if search.precision == "int8" and device.type == "cpu":  # CTranslate2 does not refuse what would be wrong
        choose_precision(search.precision, device, width=0)
    if engine == "ctranslate2" or (engine == "auto" and able and device.type == "cpu" and is_installed()):
        return [load_converted(folders[0], torch.get_num_threads(), search.precision)], tokenizers[0]
    loaded = [load_model(folder, device)[0] for folder in folders]
    precision = choose_precision(search.precision, device, loaded[0].config.width)
    return [cast_once(model, precision) for model in loaded], tokenizers[0]


def _settings(text: str, nbest: int | None) -> SearchConfig:
    """The search settings of --search and --nbest."""
    try:
        settings = json.loads(text)
        return SearchConfig.model_validate({**settings, **({} if nbest is None else {"nbest": nbest})})
    except (json.JSONDecodeError, TypeError):
        raise UserError(f"--search: {text!r} is not a JSON object; write for instance '{{\"beam\": 4}}'") from None
    except ValidationError as error:
        raise UserError(f"--search: {first_mistake(error)}") from None


def _sources(path: Path | None, references: Path | None) -> Iterator[list[str]]:
    """Lists of lines to translate; a line is empty where its reference is.

    Raises UserError if there are more or fewer references than lines.
    """
    name, wanted, count = path or "standard input", read_lines(references) if references else None, 0
    with open(path or sys.stdin.fileno(), "rb", buffering=0, closefd=path is not None) as file:
        for lines in arriving_lines(file.fileno(), str(name), SORTED_LINES):
            count += len(lines)
            if wanted is None:
                yield lines
            elif count <= len(wanted):
                beside = wanted[count - len(lines) : count]
                yield [line if reference else "" for line, reference in zip(lines, beside, strict=True)]
    if wanted is not None and count != len(wanted):
        raise UserError(f"{references}: {len(wanted)} lines, {name} has {count}; line n must translate line n")


def _options() -> argparse.Namespace:
    arguments = parser(__doc__)
    arguments.add_argument("--model", type=Path, nargs="+", required=True, metavar="DIR", help="model folder")
    arguments.add_argument("--source", required=True, help="language of the input, for instance en")
    arguments.add_argument("--target", required=True, help="language of the output, for instance gl")
    arguments.add_argument("--input", type=Path, help="a file instead of standard input")
    arguments.add_argument("--output", type=Path, help="a file, written whole or not at all")
    arguments.add_argument("--references", type=Path, help="leave out the lines that are empty in this file")
    arguments.add_argument("--search", default="{}", help="settings of the search as JSON")
    arguments.add_argument("--nbest", type=int, metavar="N", help="the N best of each line, as with --scores")
    arguments.add_argument("--scores", action="store_true", help="write line number, score and text, tabs between them")
    arguments.add_argument("--engine", choices=ENGINES, default="auto")
    arguments.add_argument(
        "--processes",
        type=int,
        help="share the work among so many, with their part of --threads each (default: one each, at most 8)",
    )
    add_threads(arguments)
    return arguments.parse_args()


def main() -> None:
    """Translate one file or standard input."""
    options = _options()
    threads, search = options.threads or count_cores(), _settings(options.search, options.nbest)
    # Not threads, because threads wait for each other after every product of matrices. A GPU has one process.
    processes = max(1, options.processes or (min(threads, MOST_PROCESSES) if choose_device().type == "cpu" else 1))
    use_processor(each := max(1, threads // processes))
    models, tokenizer = load(options.model, options.engine, search)
    vocabulary = tokenizer.vocabulary
    direction = meant(options.source, vocabulary.languages()), meant(options.target, vocabulary.languages())
    for language in direction:
        vocabulary.language_id(language)
    scores, number, notes = options.scores or options.nbest is not None, 0, Counter[str]()
    with (
        output(options.output) as file,
        _progress(options.input, "-".join(direction)) as advance,
        Workers(processes, _load_search, options.model, options.engine, search, each) as workers,
    ):
        for lines in _sources(options.input, options.references):
            for nbest in translations(lines, direction, models, tokenizer, search, notes, advance, workers):
                number += 1
                best = nbest if scores else nbest[:1]
                file.writelines(f"{number}\t{score:.6f}\t{text}\n" if scores else f"{text}\n" for text, score in best)
            file.flush()
    _warn(notes)


@contextlib.contextmanager
def _progress(path: Path | None, label: str) -> Iterator[Callable[[int], object]]:
    """A function to call with the number of lines done. It draws a progress bar if the input is a file."""
    if path is None:
        yield lambda lines: None
        return
    with open(path, "rb") as file:
        total = sum(1 for _ in file)
    with bar(total, label, "lines") as shown:
        yield shown.update


if __name__ == "__main__":
    run(main)
