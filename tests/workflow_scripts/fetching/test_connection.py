"""What a server answers, how often it is asked, and whom we believe."""

import fcntl
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from model.command import UserError
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
from workflow_scripts.fetching import connection, download
from workflow_scripts.fetching.connection import seconds_asked
from workflow_scripts.fetching.download import Expected

DATE = "Mon, 02 Apr 2018 10:00:00 GMT"


@pytest.fixture(autouse=True)
def waits(monkeypatch, tmp_path):
    """The seconds that were waited."""
    return without_waiting(monkeypatch, tmp_path)


@pytest.fixture
def part(tmp_path):
    return tmp_path / "x" / "en-gl.bin.part"


def test_a_busy_server_is_asked_again_after_the_time_it_names(part, waits):
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    busy = [Answer(b"", status, {"Retry-After": when}) for status, when in ((429, "7"), (503, soon), (503, "999"))]
    with serving(*busy, Answer(b"", 408), file(BODY)) as server:
        fetch(server, part)
        assert len(server.requests) == 5
    assert waits[0] == 7 and 50 < waits[1] <= 60 and waits[2] == 120 and 4 <= waits[3] <= 12


def test_a_date_to_wait_for_may_be_past_or_unreadable():
    for header in ("", "soon", "-5", DATE, DATE.replace("GMT", "-0000"), "Mon, 99 Apr 2018 10:00:00 GMT"):
        assert seconds_asked(header) == 0
    assert seconds_asked("9" * 5000) == 120


def test_five_tries_in_a_row_are_enough(part, waits):
    with serving(Answer(b"", 500)) as server:
        message = refused(server, part)
        assert len(server.requests) == 5 and len(waits) == 4
        assert f"{server.address}/en-gl.bin: HTTP 500 Internal Server Error, 5 tries in a row" in message
    assert list(part.parent.iterdir()) == []


def test_tries_that_bring_something_do_not_count_against_the_next(part, monkeypatch):
    monkeypatch.setattr(download, "ADVANCE", 64 * K)
    body = BODY * 2
    with serving(*[file(body, cut=64 * K)] * 7, file(body)) as server:
        fetch(server, part, known(body))
        assert server.ranges[-1] == f"bytes={7 * 64 * K}-"
    monkeypatch.setattr(download, "ADVANCE", 64 * K + 1)
    with serving(*[file(body, cut=64 * K)] * 7, file(body)) as server:
        assert "5 tries in a row" in refused(server, part, known(body))


@pytest.mark.parametrize("status", [401, 403, 404, 410, 204, 206, 416])
def test_some_answers_do_not_get_better_by_asking_again(part, waits, status):
    with serving(Answer(b"", status)) as server:
        message = refused(server, part)
        assert len(server.requests) == 1 and waits == []
        assert f"opus:Toy/v1/en-gl: cannot be downloaded ({server.address}/en-gl.bin: HTTP {status}" in message
        assert "name a mirror in the study, or fetch it by hand" in message
    assert list(part.parent.iterdir()) == []


def test_a_server_that_falls_silent_is_left_and_what_came_is_kept(part, monkeypatch, capsys):
    monkeypatch.setattr(connection, "TIMEOUTS", (5, 0.05))
    with serving(file(BODY, stall=128 * K), file(BODY)) as server:
        fetch(server, part)
        assert server.ranges == [None, "bytes=131072-"]
    assert part.read_bytes() == BODY
    assert "timed out; next try in" in capsys.readouterr().err


def test_a_server_that_is_not_there_is_tried_five_times(part, waits):
    with serving(file(BODY)) as server:
        pass
    assert "Connection refused, 5 tries in a row" in refused(server, part) and len(waits) == 4


def test_redirects_are_followed_to_a_host_that_is_recorded(part):
    with serving(file(BODY)) as far:
        onward = Answer(b"", 302, {"Location": f"{far.address}/store/f?signature=secret"})
        with serving(Answer(b"", 301, {"Location": "/moved"}), onward) as server:
            assert fetch(server, part)["url"] == f"{far.address}/store/f"
            assert server.paths == ["/en-gl.bin", "/moved"]
    assert part.read_bytes() == BODY


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("/again", "redirects more than 10 times"),
        ("file:///etc/passwd", "file:///etc/passwd is no address"),
        ("http://[", "no address"),
        ("http://[::1", "no address"),
        ("//\xff", "no address"),
    ],
)
def test_redirects_that_lead_nowhere_are_refused(part, target, message):
    with serving(Answer(b"", 302, {"Location": target})) as server:
        assert message in refused(server, part)
        assert len(server.requests) == (11 if target == "/again" else 1)


@pytest.fixture
def certificate(tmp_path):
    """A certificate for the loopback that nobody has signed, with its key."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is needed to make a certificate")
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "keyUsage=critical,digitalSignature,keyCertSign"]
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "key.pem"]
    command = ["openssl", "req", "-x509", "-days", "2", "-subj", "/CN=toy", *key, *names, "-out", "certificate.pem"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    both = tmp_path / "both.pem"
    both.write_text((tmp_path / "certificate.pem").read_text() + (tmp_path / "key.pem").read_text())
    return both


def test_a_certificate_that_nobody_signed_is_refused_at_once(part, certificate):
    with serving(file(BODY), certificate=certificate) as server:
        assert "its certificate is refused: self-signed certificate" in refused(server, part).replace("self ", "self-")
        assert server.requests == []


def test_plain_http_needs_a_checksum_also_behind_a_redirect(part, certificate, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.with_name("certificate.pem")))
    with serving(file(BODY)) as plain:
        assert "is plain http, refused without a checksum" in refused(plain, part, Expected(bytes=len(BODY)))
        down = Answer(b"", 302, {"Location": f"{plain.address}/plain"})
        with serving(file(BODY), down, certificate=certificate) as safe:
            assert fetch(safe, part, Expected())["url"].startswith("https://")
            message = refused(safe, part, Expected())
            assert f"{plain.address}/plain is plain http, refused" in message and plain.requests == []
            assert fetch(safe, part)["url"] == f"{plain.address}/plain"


def test_the_proxy_of_the_environment_is_used_and_logins_are_not_repeated(part, monkeypatch):
    with serving(Answer(b"", 404)) as proxy:
        monkeypatch.setenv("http_proxy", proxy.address)
        with pytest.raises(UserError) as caught:
            download.download(["http://me:secret@corpora.invalid/x"], part, known(), "Toy")
        assert proxy.paths == ["http://corpora.invalid/x"]
        assert "(http://corpora.invalid/x: HTTP 404" in str(caught.value) and "secret" not in str(caught.value)


def test_a_host_gets_three_connections_at_a_time(part, monkeypatch):
    connection.CONNECTIONS.mkdir()
    others = [open(connection.CONNECTIONS / f"127.0.0.1.{number}", "w") for number in range(3)]  # noqa: SIM115
    for other in others:
        fcntl.flock(other, fcntl.LOCK_EX)
    with serving(file(BODY)) as server:
        looks = []

        def look(_):
            looks.append(len(server.requests))
            if len(looks) == 2:
                others[1].close()

        monkeypatch.setattr(connection, "sleep", look)
        fetch(server, part)
        assert looks == [0, 0] and len(server.requests) == 1
    for other in others:
        other.close()
