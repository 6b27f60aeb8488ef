"""Read a pair's text from all its corpora and drop what is no translation.

`python -m workflow_scripts.clean --study study.json --pair en-gl text.parquet report.json`
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from model.command import UserError, parser, run
from model.config import write_json
from model.lines import normalised
from model.progress import track
from workflow_scripts.filters import FILTERS
from workflow_scripts.plan import corpora_of
from workflow_scripts.sources import SOURCES
from workflow_scripts.study import Study, read_study
from workflow_scripts.text import write_pairs


def first_reason(first: str, second: str, filters: dict[str, dict[str, object]]) -> str | None:
    """The first filter that drops a pair of segments, or None."""
    return next((name for name, settings in filters.items() if FILTERS[name](first, second, **settings)), None)


def clean(study: Study, pair: str, drops: Counter[str]) -> Iterator[tuple[str, str, str]]:
    """(first side, second side, corpus) of each pair of segments kept; the others are counted in `drops` by reason."""
    seen = set()
    names = corpora_of(study, pair)
    for name in track(names, len(names), f"clean {pair}", "corpora"):
        corpus = study.corpora[name]
        for sides in SOURCES[corpus.source].read(corpus, pair, drops):
            first, second = map(normalised, sides)
            reason = first_reason(first, second, study.filters) or ("duplicate" if (first, second) in seen else None)
            if reason:
                drops[reason] += 1
            else:
                seen.add((first, second))
                yield first, second, name


def main() -> None:
    """Clean one pair."""
    arguments = parser(__doc__)
    arguments.add_argument("--study", required=True)
    arguments.add_argument("--pair", required=True)
    arguments.add_argument("text", type=Path)
    arguments.add_argument("report", type=Path)
    options = arguments.parse_args()
    drops: Counter[str] = Counter()
    rows = list(clean(read_study(options.study), options.pair, drops))
    if not rows:
        raise UserError(f"pairs: no text is left for {options.pair} (dropped: {dict(drops) or 'nothing was found'})")
    write_pairs(options.text, options.pair, rows)
    report = {"lines_in": len(rows) + drops.total(), "lines_out": len(rows), "dropped": dict(drops.most_common())}
    write_json(options.report, report)
    print(f"{options.pair}: {len(rows):,} of {report['lines_in']:,} pairs of segments kept")


if __name__ == "__main__":
    run(main)
