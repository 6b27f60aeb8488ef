"""Pair monolingual segments with their translations, as the text of a direction.

`python -m workflow_scripts.backtranslation.pair_translations en-gl --testsets test/ dev/ --folder FOLDER --files 3
--text en-gl.parquet --report en-gl.report.json` reads segments.0.txt, translations.0.txt and so on from the folder.
Translations are the source, segments the target. A row is dropped if the translation is empty, equals the segment, or
is a segment of a test or dev set. The report has counts and examples.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from model.command import UserError, parser, run
from model.records import write_json
from model.text.lines import normalised, read_lines
from workflow_scripts.drops import Drops
from workflow_scripts.text.files import write_batches
from workflow_scripts.text.held_out import HELD_OUT, held_out_keys
from workflow_scripts.text.matching import matching_keys

EMPTY, IDENTICAL = "empty", "identical"


def reasons(segments: Sequence[str], translations: Sequence[str], held_out: set[str]) -> list[str | None]:
    """Why each row is dropped, or None. held_out: matching keys of test and dev segments."""
    found: list[str | None] = []
    for segment, translation, key in zip(segments, translations, matching_keys(translations), strict=True):
        same = IDENTICAL if translation == segment else HELD_OUT if key in held_out else None
        found.append(same if translation else EMPTY)
    return found


def pairs(
    files: Sequence[tuple[Path, Path]], schema: pa.Schema, held_out: set[str], drops: Drops
) -> Iterator[pa.RecordBatch]:
    """The rows that are kept, as (translation, segment) columns, file by file. The others are counted.

    Raises UserError for files of different length, and if no row is kept.
    """
    kept = 0
    for segments_file, translations_file in files:
        segments, translations = read_lines(segments_file), [normalised(line) for line in read_lines(translations_file)]
        if len(segments) != len(translations):
            lengths = f"{len(translations)} lines, {segments_file} has {len(segments)}"
            raise UserError(f"{translations_file}: {lengths}; delete both and run the workflow again")
        found = list(zip(translations, segments, reasons(segments, translations, held_out), strict=True))
        for translation, segment, reason in found:
            if reason:
                drops.add(reason, translation, segment)
        columns = list(zip(*(row[:2] for row in found if not row[2]), strict=True)) or [(), ()]
        batch = pa.record_batch([pa.array(column, pa.string()) for column in columns], schema)
        kept += batch.num_rows
        yield batch
    if not kept:
        why = ", ".join(f"{count} {reason}" for reason, count in drops.counts.items())
        raise UserError(f"backtranslation.run: no translation is of use ({why}); train it longer, or name another run")


def main() -> None:
    """Pair the translations of one direction."""
    arguments = parser(__doc__)
    arguments.add_argument("direction")
    arguments.add_argument("--testsets", type=Path, nargs="+", required=True, help="folders of all of them")
    arguments.add_argument("--min-words", type=int, default=1, help="of a segment that is looked for")
    arguments.add_argument("--folder", type=Path, required=True, help="holds segments and their translations")
    arguments.add_argument("--files", type=int, required=True, help="of each of them")
    arguments.add_argument("--text", type=Path, required=True)
    arguments.add_argument("--report", type=Path, required=True)
    options = arguments.parse_args()
    numbers = range(options.files)
    files = [(options.folder / f"segments.{n}.txt", options.folder / f"translations.{n}.txt") for n in numbers]
    drops, schema = Drops(), pa.schema([(code, pa.string()) for code in options.direction.split("-")])
    held_out = held_out_keys(tuple(options.testsets), options.min_words)
    write_batches(options.text, schema, pairs(files, schema, held_out, drops))
    kept = pq.read_metadata(options.text).num_rows
    lines = {"lines_in": kept + drops.counts.total(), "lines_out": kept}
    write_json(options.report, {**lines, "dropped": dict(drops.counts), "examples": drops.examples})
    print(f"{options.direction}: {kept:,} of {lines['lines_in']:,} translations kept")


if __name__ == "__main__":
    run(main)
