"""One HTTP request: encrypted, with few connections to a host, and with errors that may pass kept apart from others."""

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

from model.writing import lock

TIMEOUTS = (10.0, 60.0)  # seconds to connect, and to wait for the next bytes
REDIRECTS = 10
SLOTS = 3  # most connections to one host, of all processes in this folder
CONNECTIONS = Path("resources/.connections")
PAUSE = 1.0  # seconds before the second try; doubled each time, times a random number from 0.5 to 1.5
LONGEST = 120.0  # most seconds to wait because a server asks for it
PASSING = {408, 425, 429}  # statuses for which another try may help, besides 500 and above


class Unavailable(Exception):
    """This address does not give the file, and another try would not help."""


class Passing(Exception):
    """An error that may be gone at the next try. wait: seconds that the server asks for."""

    def __init__(self, message: str, wait: float = 0.0) -> None:
        super().__init__(message)
        self.wait = wait


class _Session(requests.Session):
    """Follows no redirects. requests would read their whole bodies, and follow them to any address."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


@contextmanager
def answer(address: str, headers: Mapping[str, str], pinned: bool) -> Iterator[tuple[str, requests.Response]]:
    """(address after redirects, answer to GET). The body is not read yet.

    Proxies and certificates are those of the usual environment variables. Without a pinned checksum, plain http is
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
    """Raise Passing or Unavailable, except for an answer with a body (200, 206), or after the end of the file (416)."""
    status = response.status_code
    if status in (200, 206, 416):
        return
    message = f"HTTP {status} {responses.get(status, '')}".strip()
    if status in PASSING or status >= 500:
        raise Passing(message, seconds_asked(response.headers.get("Retry-After", "")))
    raise Unavailable(message)


def seconds_asked(header: str) -> float:
    """The seconds of a Retry-After header (a number or a date), from 0 to LONGEST; 0 if it cannot be read."""
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
    """Seconds to wait after some failed tries in a row: a random time that doubles, at least what the server asked."""
    return max(asked, PAUSE * 2 ** (tries - 1) * random.uniform(0.5, 1.5))


def without_login(url: str) -> str:
    """An address without user name and password."""
    return re.sub("//[^/]*@", "//", url, count=1)


def _target(url: str, response: requests.Response) -> str:
    """The target of a redirect. http.client reads headers as Latin-1, but servers write them in UTF-8."""
    try:
        return urljoin(url, response.headers["Location"].encode("latin-1").decode("utf-8"))
    except ValueError:
        raise Unavailable("redirects to what is no address") from None


def _host(url: str, pinned: bool) -> str:
    """The host of an address. Raises Unavailable for an address that is not allowed."""
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
    """Hold one of the SLOTS connections to a host. The kernel frees it however the process ends."""
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
            lock(file, file.name)
            return file
        except BlockingIOError:
            file.close()
    return None


@contextmanager
def _told_apart() -> Iterator[None]:
    """Turn the errors of requests and urllib3 into Passing and Unavailable."""
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
