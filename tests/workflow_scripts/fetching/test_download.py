"""Downloads: continued, checked, and from mirrors."""

import errno
import fcntl
import gzip
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from model.command import UserError
from tests import ROOT
from tests.workflow_scripts.fetching.misbehaving import (
    BODY,
    Answer,
    K,
    fetch,
    file,
    known,
    refused,
    serving,
    without_waiting,
)
from workflow_scripts.fetching import download
from workflow_scripts.fetching.download import Expected

DATE = "Mon, 02 Apr 2018 10:00:00 GMT"


def left(part):
    return sorted(path.name for path in part.parent.iterdir())


@pytest.fixture(autouse=True)
def waits(monkeypatch, tmp_path):
    """The seconds that were waited."""
    return without_waiting(monkeypatch, tmp_path)


@pytest.fixture
def part(tmp_path):
    return tmp_path / "x" / "en-gl.bin.part"


def test_a_file_comes_with_what_is_known_of_it(part):
    with serving(file(BODY, '"abc"', DATE)) as server:
        found = fetch(server, part)
        assert found == {
            "url": f"{server.address}/en-gl.bin",
            "sha256": hashlib.sha256(BODY).hexdigest(),
            "bytes": 256 * K,
            "etag": '"abc"',
            "last_modified": DATE,
        }
        assert server.requests[0]["Accept-Encoding"] == "identity"
    assert part.read_bytes() == BODY and left(part) == ["en-gl.bin.part"]


def test_a_connection_that_breaks_is_continued_where_it_broke(part, waits):
    with serving(file(BODY, cut=128 * K), file(BODY, cut=64 * K), file(BODY)) as server:
        fetch(server, part)
        assert server.ranges == [None, "bytes=131072-", "bytes=196608-"]
        assert [request["If-Range"] for request in server.requests] == [None, '"1"', '"1"']
    assert part.read_bytes() == BODY
    assert len(waits) == 2 and 0.5 <= waits[0] <= 1.5 and 1 <= waits[1] <= 3


def test_without_a_strong_etag_the_date_vouches_and_without_both_it_begins_again(part):
    with serving(file(BODY, 'W/"1"', DATE, cut=128 * K), file(BODY, 'W/"1"', DATE)) as server:
        fetch(server, part)
        assert server.ranges == [None, "bytes=131072-"] and server.requests[1]["If-Range"] == DATE
    with serving(file(BODY, 'W/"1"', cut=128 * K), file(BODY, 'W/"1"')) as server:
        fetch(server, part)
        assert server.ranges == [None, None]
    assert part.read_bytes() == BODY


def test_a_file_that_changed_between_two_parts_begins_again(part):
    old = BODY[::-1]
    with serving(file(old, '"old"', cut=128 * K), file(BODY, '"new"')) as server:
        assert fetch(server, part)["etag"] == '"new"'
        assert server.ranges == [None, "bytes=131072-"]  # If-Range made the second answer a 200
    assert part.read_bytes() == BODY
    careless = Answer(BODY[128 * K :], 206, {"ETag": '"new"', "Content-Range": "bytes 131072-262143/262144"})
    with serving(file(old, '"old"', cut=128 * K), careless, file(BODY, '"new"')) as server:
        fetch(server, part)
        assert server.ranges == [None, "bytes=131072-", None]
    assert part.read_bytes() == BODY


@pytest.mark.parametrize("header", ["bytes 0-262143/262144", "bytes 131072-262143/999999", "lines 1-2/3", ""])
def test_another_range_than_was_asked_for_begins_again(part, header):
    wrong = Answer(BODY[128 * K :], 206, {"ETag": '"1"', "Content-Range": header})
    with serving(file(BODY, cut=128 * K), wrong, file(BODY)) as server:
        fetch(server, part)
        assert server.ranges == [None, "bytes=131072-", None]
    assert part.read_bytes() == BODY


def test_a_server_that_ignores_ranges_sends_the_file_from_its_beginning(part):
    whole = Answer(BODY, 200, {"ETag": '"1"'})
    with serving(file(BODY, cut=128 * K), whole) as server:
        fetch(server, part)
        assert len(server.requests) == 2
    assert part.read_bytes() == BODY


def test_a_part_that_is_whole_already_is_taken_and_one_of_another_length_begins_again(part):
    with serving(file(BODY)) as server:
        for body, ranges in ((BODY, ["bytes=262144-"]), (BODY + b"old", ["bytes=262147-", None])):
            part.parent.mkdir(exist_ok=True)
            part.write_bytes(body)
            state = {"url": f"{server.address}/en-gl.bin", "etag": '"1"', "last_modified": None, "length": None}
            Path(f"{part}.json").write_text(json.dumps(state))
            assert fetch(server, part)["etag"] == '"1"'
            assert server.ranges == ranges and part.read_bytes() == BODY
            server.requests.clear()


def test_a_part_of_another_address_or_without_a_state_is_not_continued(part):
    with serving(file(BODY)) as server:
        for state in ('{"url": "https://else.where/en-gl.bin", "etag": "\\"1\\""}', "{}", "[1]", "{"):
            part.parent.mkdir(exist_ok=True)
            part.write_bytes(b"other bytes")
            Path(f"{part}.json").write_text(state)
            fetch(server, part)
            assert part.read_bytes() == BODY and server.ranges[-1] is None


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (Answer(b"...", headers={"Content-Type": "text/html; charset=utf-8"}), "sends an HTML page"),
        (Answer(b"\n <!DOCTYPE HTML><title>Log in"), "sends an HTML page"),
        (Answer(b""), "sends an empty file"),
        (Answer(BODY[1:]), "has 262,143 bytes, 262,144 are expected"),
        (Answer(BODY[1:], headers={"Content-Length": ""}), "the connection ended after 262,143 of 262,144 bytes"),
        (Answer(BODY + b"?", headers={"Content-Length": ""}), "sends more than the 262,144 bytes expected"),
        (Answer(BODY, headers={"Content-Encoding": "gzip"}), "sends the file packed with gzip"),
    ],
)
def test_what_is_not_the_file_is_refused_and_not_kept(part, answer, message):
    with serving(answer) as server:
        expected = Expected(bytes=len(BODY) if "262,144" in message else None, md5="0" * 32)
        assert message in refused(server, part, expected)
    assert "en-gl.bin" not in left(part) and "en-gl.bin.bad" not in left(part)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (Answer(b"<html>log in", headers={"Content-Type": "text/html"}), "an HTML page"),
        (Answer(b"wrong", headers={"ETag": '"2"'}), "has 5 bytes, 262,144 are expected"),
        (Answer(b"", 404), "HTTP 404"),
    ],
)
def test_another_file_in_between_does_not_cost_what_is_there(part, answer, message):
    expected = Expected(sha256=known().sha256, bytes=len(BODY))
    with serving(file(BODY, cut=128 * K), answer, file(BODY)) as server:
        assert message in refused(server, part, expected)
        fetch(server, part, expected)
        assert server.ranges == [None, "bytes=131072-", "bytes=131072-"]


def test_html_is_taken_where_the_name_asks_for_it(tmp_path):
    page = b"<html>talks"
    with serving(Answer(page, headers={"Content-Type": "text/html"})) as server:
        download.download([f"{server.address}/a"], tmp_path / "talks.html.part", known(page), "talks")


def test_what_does_not_begin_like_its_name_says_is_refused(tmp_path):
    part = tmp_path / "x.txt.gz.part"
    with serving(Answer(b"plain"), Answer(gzip.compress(b"plain", mtime=0))) as server:
        assert "does not begin like a .gz file" in refused(server, part, known(b"plain"))
        fetch(server, part, known(gzip.compress(b"plain", mtime=0)))


@pytest.mark.parametrize("kind", ["sha256", "md5"])
def test_bytes_with_another_checksum_are_kept_aside_and_both_sums_named(part, kind):
    wanted = hashlib.new(kind, b"wanted").hexdigest()
    with serving(file(BODY)) as server:
        message = refused(server, part, Expected(**{kind: wanted}))
        found = hashlib.new(kind, BODY).hexdigest()
        assert f"{kind} {wanted} is expected, what arrived has {found} and is kept as" in message
        fetch(server, part, Expected(**{kind: found.upper()}))
    assert left(part) == ["en-gl.bin.bad", "en-gl.bin.part"]
    assert (part.parent / "en-gl.bin.bad").read_bytes() == BODY


def test_mirrors_are_asked_in_order_until_one_has_the_file(part, tmp_path, capsys):
    folder = tmp_path / "mir ror"
    folder.mkdir()
    (folder / "en-gl.bin").write_bytes(BODY)
    with serving(Answer(b"", 404)) as gone, serving(file(b"changed upstream")) as other, serving(file(BODY)) as last:
        mirrors = [f"{other.address}/old", str(folder / "nothing"), f"{last.address}/third", str(folder)]
        assert fetch(gone, part, mirrors=mirrors)["url"] == f"{last.address}/third"
        assert len(gone.requests) == len(other.requests) == 1
        said = capsys.readouterr().err
        assert "HTTP 404 Not Found; trying the next address" in said and "sha256" in said
        assert "No such file or directory; trying the next address" in said
        for place in (str(folder), str(folder / "en-gl.bin"), (folder / "en-gl.bin").as_uri()):
            assert fetch(gone, part, mirrors=[place]) == {
                "url": (folder / "en-gl.bin").as_uri(),
                "sha256": hashlib.sha256(BODY).hexdigest(),
                "bytes": len(BODY),
                "etag": None,
                "last_modified": None,
            }
        assert "has 262,144 bytes, 9 are expected" in refused(gone, part, Expected(bytes=9), mirrors=[str(folder)])
        assert "sha256" in refused(gone, part, known(b"else"), mirrors=[str(folder)])
    assert part.with_suffix(".bad").read_bytes() == BODY


def test_a_mirror_that_is_busy_after_a_wrong_file_is_asked_again(part):
    with serving(file(b"changed")) as other, serving(Answer(b"", 503), file(BODY)) as mirror:
        fetch(other, part, mirrors=[f"{mirror.address}/copy"])
        assert len(mirror.requests) == 2
    assert part.read_bytes() == BODY


def test_a_folder_without_the_file_does_not_cost_what_is_there(part, tmp_path):
    with serving(file(BODY, cut=128 * K), Answer(b"", 404), file(BODY)) as server:
        addresses = [str(tmp_path), f"{server.address}/en-gl.bin"]
        with pytest.raises(UserError, match="No such file .* HTTP 404"):
            download.download(addresses, part, known(), "Toy")
        download.download(addresses, part, known(), "Toy")
        assert server.ranges == [None, "bytes=131072-", "bytes=131072-"]
    assert part.read_bytes() == BODY


def test_no_address_is_one_line_too(part):
    with pytest.raises(UserError, match="Toy: cannot be downloaded \\(it has no address\\)"):
        download.download([], part, known(), "Toy")


def test_two_runs_do_not_write_the_same_part(part):
    part.parent.mkdir()
    with open(part, "ab") as other, serving(file(BODY)) as server:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert "another run is downloading it" in refused(server, part)
        assert server.requests == []


def test_a_full_disk_is_one_line_and_the_download_continues_later(part, monkeypatch):
    class SmallDisk(io.BufferedWriter):
        def write(self, data):
            if self.tell() + len(data) > 128 * K:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(data)

    def open_there(path, mode):
        return SmallDisk(io.FileIO(path, mode)) if mode == "ab" else open(path, mode)

    with serving(file(BODY)) as server:
        with monkeypatch.context() as patch:
            patch.setattr(download, "open", open_there, raising=False)
            message = refused(server, part, mirrors=["https://not.asked.invalid/"])
        assert message.startswith(f"{part}: the disk is full after 131,072 bytes; free space")
        fetch(server, part)
        assert server.ranges == [None, "bytes=131072-"]
    assert part.read_bytes() == BODY


def test_a_killed_process_is_continued_by_the_next(part):
    code = "import sys; from pathlib import Path; from workflow_scripts.fetching.download import *; "
    code += "download([sys.argv[1]], Path(sys.argv[2]), Expected(sha256=sys.argv[3]), 'Toy')"
    with serving(file(BODY, stall=128 * K), file(BODY)) as server:
        arguments = [f"{server.address}/en-gl.bin", str(part), known().sha256]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen([sys.executable, "-c", code, *arguments], cwd=part.parents[1], env=environment)
        while process.poll() is None and not (part.exists() and part.stat().st_size == 128 * K):
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        fetch(server, part)
        assert server.ranges == [None, "bytes=131072-"]
    assert part.read_bytes() == BODY and left(part) == ["en-gl.bin.part"]
