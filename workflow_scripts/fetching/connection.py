"""One answer from a server: encrypted, polite in number, and with its faults told apart by whether they may pass."""

import fcntl
import random
import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import responses
from pathlib import Path
from time import sleep
from typing import IO
from urllib.parse import quote, urljoin, urlsplit

import requests
import urllib3

TIMEOUTS = (10.0, 60.0)  # seconds to connect, and to wait for the next bytes
REDIRECTS = 10
SLOTS = 3  # connections to one host, of all processes in this folder together
CONNECTIONS = Path("resources/.connections")
PAUSE = 1.0  # seconds before the second try; then twice as many each time, times 0.5 to 1.5
LONGEST = 120.0  # seconds that a server can make us wait
PASSING = {408, 425, 429}  # statuses that another try may change, beside 500 and above


class Unavailable(Exception):
    """This address does not give the file, and asking again would not help."""


class Passing(Exception):
    """A fault that may be gone at the next try; `wait` is how many seconds the server asks for."""

    def __init__(self, message: str, wait: float = 0.0) -> None:
        super().__init__(message)
        self.wait = wait


class _Session(requests.Session):
    """Leaves redirects alone; requests would read all of their bodies, and go wherever they lead."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


@contextmanager
def answer(address: str, headers: Mapping[str, str], pinned: bool) -> Iterator[tuple[str, requests.Response]]:
    """The final address, after redirects, and the server's answer to GET, its body still to be read.

    Proxies and authorities are those of the usual environment variables. Without a pinned checksum plain http is
    refused, also as the target of a redirect. Raises Unavailable or Passing, also while the body is read.
    """
    url = address
    with _told_apart(), _Session() as session:
        for _ in range(REDIRECTS + 1):
            with (
                _slot(_host(url, pinned)),
                session.get(url, headers=headers, stream=True, allow_redirects=False, timeout=TIMEOUTS) as response,
            ):
                if not response.is_redirect:
                    yield url if url == address else urlsplit(url)._replace(query="").geturl(), response
                    return
                url = _target(url, response)
    raise Unavailable(f"redirects more than {REDIRECTS} times")


def check_status(response: requests.Response) -> None:
    """Raise Passing or Unavailable unless a body comes (200, 206), or 416: nothing lies beyond what was asked for."""
    status = response.status_code
    if status in (200, 206, 416):
        return
    message = f"HTTP {status} {responses.get(status, '')}".strip()
    if status in PASSING or status >= 500:
        raise Passing(message, seconds_asked(response.headers.get("Retry-After", "")))
    raise Unavailable(message)


def seconds_asked(header: str) -> float:
    """The wait that a Retry-After header asks for, seconds or a date: from 0 to LONGEST, and 0 if it is unreadable."""
    seconds = 0.0
    if re.fullmatch("[0-9]+", header.strip()):
        seconds = float(header)
    elif header:
        try:
            date = parsedate_to_datetime(header)
            seconds = (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
        except (ValueError, OverflowError):
            pass
    return min(max(seconds, 0.0), LONGEST)


def pause(tries: int, asked: float) -> float:
    """Seconds to wait after so many failed tries in a row: what the server asked, or a random time that doubles."""
    return max(asked, PAUSE * 2 ** (tries - 1) * random.uniform(0.5, 1.5))


def without_login(url: str) -> str:
    """An address without the name and password that may stand in it."""
    return re.sub("//[^/]*@", "//", url, count=1)


def _target(url: str, response: requests.Response) -> str:
    """The address that a redirect leads to; http.client reads headers as Latin-1, servers write them in UTF-8."""
    try:
        return urljoin(url, response.headers["Location"].encode("latin-1").decode("utf-8"))
    except ValueError:
        raise Unavailable("redirects to what is no address") from None


def _host(url: str, pinned: bool) -> str:
    """The host of an address that may be asked. Raises Unavailable."""
    try:
        scheme, host = urlsplit(url).scheme, urlsplit(url).hostname
    except ValueError:
        scheme, host = "", None
    if scheme not in ("https", "http") or not host:
        raise Unavailable(f"{without_login(url)} is no address of the web")
    if scheme == "http" and not pinned:
        raise Unavailable(f"{without_login(url)} is plain http, refused without a checksum; pin one, or use https")
    return host


@contextmanager
def _slot(host: str) -> Iterator[None]:
    """Hold one of the SLOTS connections to a host; the kernel frees it however the process ends."""
    CONNECTIONS.mkdir(parents=True, exist_ok=True)
    while not (held := _free_slot(CONNECTIONS / quote(host, safe=""))):
        sleep(0.2)
    with held:
        yield


def _free_slot(path: Path) -> IO[str] | None:
    """A locked slot, or None if all are taken."""
    for number in range(SLOTS):
        file = open(f"{path}.{number}", "w")  # noqa: SIM115 (open as long as it is held)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return file
        except BlockingIOError:
            file.close()
    return None


@contextmanager
def _told_apart() -> Iterator[None]:
    """Turn what requests and urllib3 raise into Passing and Unavailable."""
    try:
        yield
    except (requests.ConnectionError, requests.Timeout, urllib3.exceptions.HTTPError) as error:
        cause = _first_cause(error)
        if isinstance(cause, ssl.SSLCertVerificationError):
            raise Unavailable(f"its certificate is refused: {cause.verify_message}") from None
        raise Passing(" ".join(str(cause).split()) or type(cause).__name__) from None
    except requests.RequestException as error:
        raise Unavailable(" ".join(str(error).split())) from None


def _first_cause(error: BaseException) -> BaseException:
    while earlier := error.__cause__ or error.__context__:
        error = earlier
    return error
