import os
import re
from pathlib import Path

import pytest

from model.writing import NO_LOCKS, lock, whole_file, whole_folder
from tests import ROOT


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def synced(monkeypatch):
    """Which files have reached the disk, each with the names that stood beside it then."""
    found, sync = {}, os.fsync

    def watched(descriptor):
        path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        found[path.name] = names(path.parent)
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    return found


def test_a_file_reaches_the_disk_before_it_gets_its_name(tmp_path, synced):
    with whole_file(tmp_path / "new" / "a.txt") as part:
        part.write_text("one")
        assert names(tmp_path / "new") == ["a.txt.part"]
    assert synced == {"a.txt.part": ["a.txt.part"]} and (tmp_path / "new" / "a.txt").read_text() == "one"


def test_a_folder_reaches_the_disk_before_it_gets_its_name(tmp_path, synced):
    with whole_folder(tmp_path / "new" / "a") as part:
        (part / "b").mkdir()
        (part / "b" / "c").write_text("one")
        (part / "d").write_text("two")
        assert names(tmp_path / "new") == ["a.part"]
    assert synced == {"c": ["c"], "d": ["b", "d"]}
    assert names(tmp_path / "new") == ["a"] and (tmp_path / "new" / "a" / "b" / "c").read_text() == "one"


@pytest.mark.parametrize("error", [OSError, SystemExit, KeyboardInterrupt])
def test_after_an_error_what_was_there_is_there(tmp_path, error):
    (tmp_path / "file").write_text("former")
    (tmp_path / "folder").mkdir()
    with pytest.raises(error), whole_file(tmp_path / "file") as part:
        part.write_text("half")
        raise error
    with pytest.raises(error), whole_folder(tmp_path / "folder") as part:
        (part / "half").write_text("half")
        raise error
    assert names(tmp_path) == ["file", "folder"]
    assert (tmp_path / "file").read_text() == "former" and not names(tmp_path / "folder")


def test_what_a_killed_process_left_takes_no_part(tmp_path):
    for name in ("a.part", "a.former.part", "a"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).write_text("former")
    with whole_folder(tmp_path / "a") as part:
        (part / "b").write_text("new")
    assert names(tmp_path) == ["a"] and names(tmp_path / "a") == ["b"]


def test_a_folder_that_has_the_name_goes_by_one_rename(tmp_path, monkeypatch):
    """So that no half of it stands under the name, whenever the process is killed."""
    with whole_folder(tmp_path / "a") as part:
        (part / "b").write_text("former")
    moved, rename = [], Path.rename
    monkeypatch.setattr(Path, "rename", lambda path, new: moved.append((path.name, new.name)) or rename(path, new))
    with whole_folder(tmp_path / "a") as part:
        (part / "b").write_text("new")
        assert (tmp_path / "a" / "b").read_text() == "former"
    assert moved == [("a", "a.former.part"), ("a.part", "a")] and names(tmp_path) == ["a"]


@pytest.mark.parametrize("number", sorted(NO_LOCKS))
def test_on_a_disk_without_locks_the_work_goes_on_with_a_warning(tmp_path, monkeypatch, capsys, number):
    def flock(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("fcntl.flock", flock)
    with open(tmp_path / "lock", "w") as file:
        lock(file, "results/toy")
    assert capsys.readouterr().err.startswith("warning: results/toy: this disk has no file locks")


def test_a_lock_that_another_has_is_no_missing_lock(tmp_path):
    with open(tmp_path / "lock", "w") as one, open(tmp_path / "lock", "w") as two:
        lock(one, "one")
        with pytest.raises(BlockingIOError):
            lock(two, "two")


def test_all_locks_of_the_project_bear_a_disk_without_locks():
    """`flock` fails on such a disk, and the work with it, so only model/writing.py may call it."""
    files = [*ROOT.glob("model/**/*.py"), *ROOT.glob("workflow_scripts/**/*.py"), *ROOT.glob("rules/*.smk")]
    found = [path.relative_to(ROOT) for path in files if "flock" in path.read_text()]
    assert found == [Path("model", "writing.py")]


def test_every_file_is_written_under_a_temporary_name():
    """A full disk must leave nothing half-written: no other code opens a file of results for writing by itself."""
    opened = re.compile(r"""(?<!def )\b(open\([^)]*, ["'][wxa]b?["']|write_text\(|write_bytes\()""")
    files = [*ROOT.glob("model/**/*.py"), *ROOT.glob("workflow_scripts/**/*.py")]
    pages = {"write_commands.py", "write_schema.py"}  # pages of docs/, written by hand when the code changes
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in files
        for line in path.read_text().splitlines()
        if opened.search(line) and path.name not in pages
    ]
    temporary = re.compile(r"\bpart\b|/ \"lock\"|\{path\}\.\{number\}|open\(target, \"wb\"\)")
    assert [line for line in found if not temporary.search(line)] == []


@pytest.mark.parametrize("whole", [whole_file, whole_folder])
def test_a_full_disk_is_told_with_the_path_after_the_part_is_deleted(tmp_path, whole):
    with pytest.raises(OSError, match="No space left") as caught, whole(tmp_path / "made"):
        full = open("/dev/full", "w")  # noqa: SIM115 (its error has no name of a file)
        full.write("one")
        full.flush()
    assert caught.value.filename == str(tmp_path / "made") and not names(tmp_path)
