"""A web server on the loopback that answers as a test tells it to, well or badly, and downloads from it."""

import hashlib
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from model.command import UserError
from workflow_scripts.fetching import connection, download
from workflow_scripts.fetching.download import Expected

K = 1 << 10
BODY = b"".join(number.to_bytes(4, "big") for number in range(64 * K))  # 256 KB, no place of it like another
ADDRESSES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@dataclass
class Answer:
    """One answer: `cut` closes the connection after so many bytes of the body, `stall` keeps it open then."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    stall: int | None = None


Script = Callable[[Message], Answer]


def file(body: bytes, etag: str | None = '"1"', date: str | None = None, **how: int) -> Script:
    """A server as it should be: the whole file, or the rest of it if that is asked for of this version."""

    def reply(asked: Message) -> Answer:
        headers = {name: value for name, value in (("ETag", etag), ("Last-Modified", date)) if value}
        wanted, condition = asked.get("Range"), asked.get("If-Range")
        if not wanted or condition not in (etag, date):
            return Answer(body, 200, headers, **how)
        start = int(wanted.removeprefix("bytes=").removesuffix("-"))
        if start >= len(body):
            return Answer(b"", 416, {**headers, "Content-Range": f"bytes */{len(body)}"})
        rest = {"Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"}
        return Answer(body[start:], 206, {**headers, **rest}, **how)

    return reply


class Server:
    """Its address, its answers still to give (the last one is repeated), and the requests it got."""

    def __init__(self, *script: Script | Answer) -> None:
        self.script = list(script)
        self.requests: list[Message] = []
        self.paths: list[str] = []
        self.address = ""
        self.closing = threading.Event()

    @property
    def ranges(self) -> list[str | None]:
        """The Range header of each request."""
        return [request["Range"] for request in self.requests]

    def next_answer(self, path: str, headers: Message) -> Answer:
        self.paths.append(path)
        self.requests.append(headers)
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        return step if isinstance(step, Answer) else step(headers)


@contextmanager
def serving(*script: Script | Answer, certificate: Path | None = None) -> Iterator[Server]:
    """A running server, with TLS if it has a certificate (a PEM file with its key)."""
    server = Server(*script)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = server.next_answer(self.path, self.headers)
            self.send_response(answer.status)
            for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                if value:  # "" leaves a header out
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body[: answer.stall if answer.cut is None else answer.cut])
            if answer.stall is not None:
                server.closing.wait(30)

        def log_message(self, *_: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Clients that go away, or refuse the certificate, are what the tests are about."""

    with Quiet(("127.0.0.1", 0), Handler) as http:
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            http.socket = context.wrap_socket(http.socket, server_side=True)
        server.address = f"{'https' if certificate else 'http'}://127.0.0.1:{http.server_port}"
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.closing.set()
            http.shutdown()
            thread.join()


def without_waiting(monkeypatch: pytest.MonkeyPatch, folder: Path) -> list[float]:
    """Downloads that note their waits in a list instead; connections are counted in the test's own folder."""
    waited: list[float] = []
    for name in ADDRESSES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setattr(download, "sleep", waited.append)
    monkeypatch.setattr(connection, "CONNECTIONS", folder / "connections")
    return waited


def known(body: bytes = BODY) -> Expected:
    """The checksum without which plain http is refused."""
    return Expected(sha256=hashlib.sha256(body).hexdigest())


def fetch(
    server: Server, part: Path, expected: Expected | None = None, mirrors: Sequence[str] = ()
) -> dict[str, object]:
    """Download a server's file."""
    addresses = [f"{server.address}/en-gl.bin", *mirrors]
    return download.download(addresses, part, expected or known(), "opus:Toy/v1/en-gl")


def refused(server: Server, part: Path, expected: Expected | None = None, mirrors: Sequence[str] = ()) -> str:
    """The one line that a failed download says."""
    with pytest.raises(UserError) as caught:
        fetch(server, part, expected, mirrors)
    assert "\n" not in str(caught.value)
    return str(caught.value)
