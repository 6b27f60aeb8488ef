"""Gather the part files of several jobs in one shard folder.

`python -m workflow_scripts.shards.gather_shards shards/original/en-gl parts/original/en-gl/1-of-8 …`
"""

import json
import os
import shutil
from pathlib import Path

from model.command import UserError, parser, run
from model.shards.files import part_name, read_about
from model.writing import whole_folder

AGREED = ("vocabulary", "seed", "settings")


def numbered(parts: list[Path]) -> dict[str, Path]:
    """Name → path of the part files in some folders. Raises UserError for a file that is missing or exists twice."""
    found: dict[str, Path] = {}
    for path in (path for part in parts for path in sorted(part.glob("part-*.parquet"))):
        if path.name in found:
            raise UserError(f"{path}: {found[path.name]} has the same number; delete both folders and run again")
        found[path.name] = path
    # The metadata of each part file has the number of part files.
    count = json.loads(read_about(next(iter(found.values())))["settings"])["parts"] if found else 1
    expected = [part_name(number) for number in range(max(count, len(found)))]
    if missing := [name for name in expected if name not in found]:
        folder = os.path.commonpath(parts)
        raise UserError(f"{folder}: none of {len(parts)} parts has {missing[0]}; delete them and run again")
    return {name: found[name] for name in expected}


def check_agreement(paths: list[Path]) -> None:
    """Raise UserError for a part file made with another vocabulary, seed or settings than the first."""
    first = read_about(paths[0])
    for path in paths[1:]:
        about = read_about(path)
        for key in AGREED:
            if about.get(key) != first.get(key):
                raise UserError(f"{path}: made with another {key} than {paths[0]}; delete the parts and run again")


def gather(folder: Path, parts: list[Path]) -> None:
    """Link the part files into the folder, or copy them if the file system has no hard links."""
    paths = numbered(parts)
    check_agreement(list(paths.values()))
    with whole_folder(folder) as made:
        for name, path in paths.items():
            try:
                os.link(path, made / name)
            except OSError:
                shutil.copyfile(path, made / name)


def main() -> None:
    """Gather one shard folder."""
    arguments = parser(__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("parts", type=Path, nargs="+", help="folders made with --part")
    options = arguments.parse_args()
    gather(options.folder, options.parts)
    print(f"{options.folder}: {len(list(options.folder.iterdir()))} part files of {len(options.parts)} jobs")


if __name__ == "__main__":
    run(main)
