"""Read all corpora of a pair or a language, and drop the rows that a filter rejects.

`python -m workflow_scripts.corpora.clean --settings s.json --text en-gl --threads 4 text.parquet report.json`

The text is never held in memory as a whole. Batches are normalised and filtered on all cores, and the rows that are
left are written to a file beside the output. When the digests of all rows are known, this file is copied to the output
without duplicates.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from model.command import UserError, parser, run
from model.progress import track
from model.records import write_json
from model.text.languages import check_language
from workflow_scripts.directions import codes
from workflow_scripts.drops import Drops, count_rows, counted
from workflow_scripts.filters import FILTERS, LAST, Settings, merged, reasons
from workflow_scripts.filters.duplicates import By, Digests, duplicates, kept
from workflow_scripts.filters.segments import Segments
from workflow_scripts.parallel import in_order
from workflow_scripts.settings.corpora import Cleaning
from workflow_scripts.settings.record import read_settings
from workflow_scripts.sources import SOURCES
from workflow_scripts.text.files import ROWS, write_batches

DUPLICATE = "duplicate"  # the reason, as reports name it
# Reasons of readers that say that a file is not as the study says.
UNREADABLE = {"not_utf8", "nul_character", "line_too_long", "missing_column", "stray_quote", "not_xml", "bad_score"}
MANY = 300  # rows of a corpus, of which a filter should not drop too many
MUCH = 0.1  # share of these rows that is too much for one reason


@dataclass
class Text:
    """The raw text of one corpus: batches with the columns `first`, for pairs `second`, and any scores."""

    corpus: str
    languages: Sequence[str]  # of the sides, short or canonical codes
    batches: Iterable[pa.RecordBatch]
    filters: Settings
    drops: Drops = field(default_factory=Drops)  # what reading drops, then what cleaning drops


class Job(NamedTuple):
    """One batch on its way to another process."""

    corpus: int  # which of the texts
    batch: pa.RecordBatch
    languages: Sequence[str]
    filters: Settings


class Result(NamedTuple):
    """The rows of one batch that the filters keep."""

    corpus: int
    sides: pa.RecordBatch
    digests: dict[By, Digests]
    drops: Drops


class Done(NamedTuple):
    """A batch whose text is in the temporary file."""

    corpus: int
    rows: int
    digests: dict[By, Digests]


def clean_batch(job: Job) -> Result:
    """Normalise and filter one batch."""
    drops, segments = Drops(), Segments(job.batch, job.languages)
    for reason, mask in reasons(segments, job.filters).items():
        count_rows(drops, reason, mask, [side.texts for side in segments.sides])
    columns = [side.texts.filter(pa.array(segments.left)) for side in segments.sides]
    compared = job.filters.get(LAST, {})  # pairs are compared unless a study says otherwise
    digests = duplicates(segments, **compared) if compared is not None else {}
    return Result(job.corpus, pa.record_batch(columns, _codes(job.languages)), digests, drops)


def _pieces(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Copies of the parts of a batch: a slice would take the whole batch to another process."""
    for start in range(0, batch.num_rows, ROWS):
        yield batch.take(pa.array(np.arange(start, min(start + ROWS, batch.num_rows))))


def clean(texts: Sequence[Text], output: Path, threads: int = 1) -> dict[str, Any]:
    """Write the rows of all texts that are kept, in order. Returns the report: lines in, out and dropped.

    Columns of the output: the short code of each language, and `corpus`. Raises UserError if nothing is left.
    """
    waiting = Path(f"{output}.kept.part")
    waiting.parent.mkdir(parents=True, exist_ok=True)
    try:
        done = _filter(texts, waiting, threads)
        left = kept([(one.rows, one.digests) for one in done])
        lines: Counter[str] = Counter()
        if left.any():
            schema = pa.schema([(name, pa.string()) for name in (*_codes(texts[0].languages), "corpus")])
            write_batches(output, schema, _unique(texts, waiting, done, left, lines))
    finally:
        waiting.unlink(missing_ok=True)
    corpora: dict[str, Drops] = {}
    for text in texts:
        corpora.setdefault(text.corpus, Drops()).merge(text.drops)
    dropped = sum((drops.counts for drops in corpora.values()), Counter())
    if not lines:
        name = "-".join(_codes(texts[0].languages))
        why = counted(dict(dropped.most_common())) or "nothing was found"
        raise UserError(f"no text is left for {name} (dropped: {why}); loosen the filters, or add a corpus")
    return {
        "lines_in": lines.total() + dropped.total(),
        "lines_out": lines.total(),
        "dropped": dict(dropped.most_common()),
        "warnings": [one for name, drops in corpora.items() for one in warnings_of(name, drops, lines[name])],
        "corpora": {name: report_of(drops, lines[name]) for name, drops in corpora.items()},
    }


def warnings_of(corpus: str, drops: Drops, lines: int) -> list[str]:
    """What a user should look at in the cleaning of a corpus. lines: how many are kept."""
    rows = lines + drops.counts.total()
    if not lines and drops.counts and rows < MANY:
        return [f"{corpus}: nothing of it is left ({counted(drops.counts)})"]
    found = []
    for reason, count in drops.counts.most_common():
        share = f"{count:,} of {rows:,} segments ({count / rows:.0%})"
        if rows < MANY or count <= MUCH * rows:
            continue
        if reason in FILTERS:
            found.append(
                f"{corpus}: the filter {reason} drops {share}; if they are good, change filters.{reason} in the study"
                " (null switches it off)"
            )
        elif reason in UNREADABLE:
            found.append(f"{corpus}: {share} cannot be read ({reason}); mend its files, or its entry in the study")
    return found


def _codes(languages: Sequence[str]) -> list[str]:
    return [check_language(code) for code in languages]


def report_of(drops: Drops, lines: int) -> dict[str, Any]:
    """The report on one corpus. lines: how many are kept."""
    counts = drops.counts
    return {
        "lines_in": lines + counts.total(),
        "lines_out": lines,
        "dropped": dict(counts.most_common()),
        "examples": {reason: drops.examples.get(reason, []) for reason, _ in counts.most_common()},
    }


def _filter(texts: Sequence[Text], waiting: Path, threads: int) -> list[Done]:
    """Write the rows that the filters keep to a file in Arrow's format, and count what they drop."""
    shown = track(enumerate(texts), len(texts), f"clean {'-'.join(_codes(texts[0].languages))}", "corpora")
    jobs = (
        Job(number, piece, text.languages, text.filters)
        for number, text in shown
        for batch in text.batches
        for piece in _pieces(batch)
    )
    schema = pa.schema([(code, pa.string()) for code in _codes(texts[0].languages)])
    done = []
    with pa.ipc.new_file(str(waiting), schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as file:
        for result in in_order(clean_batch, jobs, threads):
            file.write_batch(result.sides)
            texts[result.corpus].drops.merge(result.drops)
            done.append(Done(result.corpus, result.sides.num_rows, result.digests))
    return done


def _unique(
    texts: Sequence[Text], waiting: Path, done: Sequence[Done], left: np.ndarray, lines: Counter[str]
) -> Iterator[pa.RecordBatch]:
    """The batches of the file without duplicates. Counts these, and the rows that are kept, by corpus."""
    start = 0
    with pa.OSFile(str(waiting)) as file:
        batches = pa.ipc.open_file(file)
        for number, (corpus, rows, _) in enumerate(done):
            text, batch, mask = texts[corpus], batches.get_batch(number), left[start : start + rows]
            start += rows
            count_rows(text.drops, DUPLICATE, ~mask, batch.columns)
            batch = batch.filter(pa.array(mask))
            lines[text.corpus] += batch.num_rows
            yield batch.append_column("corpus", pa.array([text.corpus] * batch.num_rows, pa.string()))


def texts_of(settings: Cleaning, text: str) -> list[Text]:
    """The raw text of each corpus of a pair or language. Nothing is read yet."""
    found = []
    for item in settings.corpora:
        drops = Drops()
        batches = SOURCES[item.dataset.source].read(item, codes(text), drops)
        found.append(Text(item.dataset.name, codes(text), batches, merged(settings.filters, item.filters), drops))
    return found


def main() -> None:
    """Clean one text."""
    arguments = parser(__doc__)
    arguments.add_argument("--settings", required=True)
    arguments.add_argument("--text", dest="name", required=True, help="a pair such as en-gl, or a language")
    arguments.add_argument("--threads", type=int, default=1)
    arguments.add_argument("text", type=Path)
    arguments.add_argument("report", type=Path)
    options = arguments.parse_args()
    texts = texts_of(read_settings(Cleaning, options.settings), options.name)
    report = clean(texts, options.text, options.threads)
    for corpus, found in report["corpora"].items():
        if found["lines_in"] >= MANY and not found["lines_out"] and set(found["dropped"]) != {DUPLICATE}:
            options.text.unlink()
            dropped = counted(found["dropped"])
            raise UserError(f"{corpus}: nothing of it is left ({dropped}); mend its entry in the study, or take it out")
    for warning in report["warnings"]:
        print(f"warning: {options.name}: {warning}", file=sys.stderr)
    write_json(options.report, report)
    print(f"{options.name}: {report['lines_out']:,} of {report['lines_in']:,} segments kept")


if __name__ == "__main__":
    run(main)
