import os
from pathlib import Path

import pytest

from model.writing import whole_file, whole_folder


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
