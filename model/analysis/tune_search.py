"""Translate a dev set with several settings of the search.

`python -m model.analysis.tune_search OUTPUT.json --model DIR --testset FOLDER --directions en-gl gl-en
--length-penalties 0.5 1 1.5 2`

FOLDER has {language}.txt; line n of each file translates line n of the others, and is empty if the language lacks it.
OUTPUT.json has the numbers of the lines that are translated, and the best hypothesis of each for each beam, patience
and length penalty. A table of the kind `search` of a study scores them.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from typing import TypeAlias

from pydantic import ValidationError

from model.analysis.retrieval import read_testset
from model.command import UserError, direction, parser, run
from model.config.search import SearchConfig
from model.machine.devices import add_threads, choose_device, count_cores, use_processor
from model.machine.launch import MOST_PROCESSES
from model.machine.workers import Workers
from model.progress import bar
from model.records import first_mistake, write_json
from model.text.languages import meant
from model.text.tokenizer import Tokenizer
from model.translate import ENGINES, Models, load, translations

Item: TypeAlias = tuple[list[str], tuple[str, str], SearchConfig]  # source lines, direction, search
TRIED = ("beam", "patience", "length_penalty")
Found: TypeAlias = tuple[list[str], Counter[str]]  # hypotheses, and lines to warn of


def spread(rows: list[int], count: int | None) -> list[int]:
    """`count` of the rows: the middles of `count` equal parts. All rows if there are fewer, or without a count."""
    most = len(rows) if count is None else min(count, len(rows))
    return [rows[len(rows) * (2 * n + 1) // (2 * most)] for n in range(most)]


def settings(
    base: SearchConfig, beams: Sequence[int] | None, patiences: Sequence[float] | None, penalties: Sequence[float]
) -> list[SearchConfig]:
    """The base with each beam and patience, by default its own, and each length penalty, in this order.

    One hypothesis a line. Raises UserError for a value that no search can have.
    """
    every = product(beams or [base.beam], patiences or [base.patience], penalties)
    try:
        fixed = base.model_dump(exclude={*TRIED, "nbest"})
        return [SearchConfig(**fixed, **dict(zip(TRIED, values, strict=True))) for values in every]
    except ValidationError as error:
        raise UserError(f"--beams, --patiences, --length-penalties: {first_mistake(error)}") from None


def translated(models: Models, tokenizer: Tokenizer, item: Item) -> Found:
    """The best hypotheses of the lines of an item."""
    (lines, direction, search), notes = item, Counter[str]()
    known = tokenizer.vocabulary.languages()
    ends = meant(direction[0], known), meant(direction[1], known)
    return [best[0].text for best in translations(lines, ends, models, tokenizer, search, notes)], notes


def hypotheses(folder: Path, engine: str, base: SearchConfig, items: list[Item], threads: int) -> list[list[str]]:
    """The best hypotheses of the lines of each item. Processes share out the items, and each loads the model once."""
    processes = min(threads, MOST_PROCESSES, len(items)) if choose_device().type == "cpu" else 1
    use_processor(each := max(1, threads // processes))
    own, found = partial(translated, *load([folder], engine, base)), dict[int, list[str]]()
    with Workers(processes, _load, folder, engine, base, each) as workers, bar(len(items), "tune", "settings") as shown:
        for number, (lines, notes) in workers.map(own, items):
            found[number] = lines
            _warn(items[number], notes)
            shown.update()
    return [found[number] for number in range(len(items))]


def _load(folder: Path, engine: str, base: SearchConfig, threads: int) -> Callable[[Item], Found]:
    """Load the model in a process of its own."""
    use_processor(threads)
    return partial(translated, *load([folder], engine, base))


def _warn(item: Item, notes: Counter[str]) -> None:
    _, ends, search = item
    tried = ", ".join(f"{key.replace('_', ' ')} {getattr(search, key):g}" for key in TRIED)
    for what, count in notes.items():
        if count:
            print(f"warning: {'-'.join(ends)}, {tried}: {count} {what}", file=sys.stderr)


def _base(text: str) -> SearchConfig:
    """The settings of --search. Raises UserError for a mistake in them, and for sampling, which has no length."""
    try:
        base = SearchConfig.model_validate_json(text)
    except ValidationError as error:
        raise UserError(f"--search: {first_mistake(error)}") from None
    if base.sampling:
        raise UserError("--search: sampling does not rank by length, so there is nothing to tune; leave it out")
    return base


def _options() -> argparse.Namespace:
    arguments = parser(__doc__)
    arguments.add_argument("output", type=Path)
    arguments.add_argument("--model", type=Path, required=True, metavar="DIR", help="model folder")
    arguments.add_argument("--testset", type=Path, required=True, metavar="DIR", help="a dev set; never a test set")
    arguments.add_argument("--directions", type=direction, nargs="+", required=True, metavar="SOURCE-TARGET")
    arguments.add_argument("--length-penalties", type=float, nargs="+", required=True, metavar="PENALTY")
    arguments.add_argument("--beams", type=int, nargs="+", metavar="BEAM", help="default: that of --search")
    arguments.add_argument("--patiences", type=float, nargs="+", metavar="PATIENCE", help="default: that of --search")
    arguments.add_argument("--segments", type=int, metavar="N", help="of a direction, evenly spread (default: all)")
    arguments.add_argument("--search", default="{}", help="all other settings of the search, as JSON")
    arguments.add_argument("--engine", choices=ENGINES, default="auto")
    add_threads(arguments)
    return arguments.parse_args()


def main() -> None:
    """Write the translations of one model."""
    options = _options()
    base = _base(options.search)
    searches = settings(base, options.beams, options.patiences, options.length_penalties)
    lines, common = read_testset(options.testset, options.directions)
    chosen = {ends: spread(rows, options.segments) for ends, rows in common.items()}
    sources = {ends: [lines[ends[0]][row] for row in rows] for ends, rows in chosen.items()}
    items = [(some, ends, search) for ends, some in sources.items() for search in searches]
    found = hypotheses(options.model, options.engine, base, items, options.threads or count_cores())
    rows = [
        {"source": ends[0], "target": ends[1], **{k: getattr(s, k) for k in TRIED}, "hypotheses": texts}
        for (_, ends, s), texts in zip(items, found, strict=True)
    ]
    numbers = {"-".join(ends): [row + 1 for row in rows] for ends, rows in chosen.items()}
    write_json(options.output, {"lines": numbers, "translations": rows})


if __name__ == "__main__":
    run(main)
