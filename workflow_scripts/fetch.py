"""Fetch one resource: `python -m workflow_scripts.fetch --corpus '{"source": "gettext", …}' PATH`.

Writes the file as served and, beside it, the manifest PATH.json with its origin, checksum, size and licence.
"""

import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path

from model.command import UserError, parser, run
from model.config import write_json
from workflow_scripts.sources import SOURCES


def main() -> None:
    """Fetch, check, record."""
    arguments = parser(__doc__)
    arguments.add_argument("--corpus", required=True, type=json.loads, help="its entry in a study, as JSON")
    arguments.add_argument("path", type=Path)
    options = arguments.parse_args()
    source = SOURCES[options.corpus["source"]]
    corpus = source.Corpus.model_validate(options.corpus)
    options.path.parent.mkdir(parents=True, exist_ok=True)
    part = options.path.with_name(options.path.name + ".part")
    about = source.fetch(corpus, part)
    with open(part, "rb") as file:
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
    if corpus.sha256 and checksum != corpus.sha256:
        part.unlink()
        raise UserError(
            f"{options.path}: the study says sha256 {corpus.sha256}, what arrived has {checksum}; "
            "do not use it, or change the corpus in the study if you trust it"
        )
    manifest = {
        **about,
        "sha256": checksum,
        "bytes": part.stat().st_size,
        "licence": corpus.licence,
        "citation": None,
        "retrieved_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    write_json(f"{options.path}.json", manifest)
    os.replace(part, options.path)
    print(f"{options.path}: {manifest['bytes']:,} bytes, sha256 {checksum}")


if __name__ == "__main__":
    run(main)
