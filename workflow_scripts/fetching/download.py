"""Download one file from the first address that has it. An interrupted download is continued; the file is checked.

`x.part` has the bytes so far, and `x.part.json` says which version of the file they are from. They are continued only
if the server confirms, by ETag or date, that it still has this version.
"""

import errno
import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import sleep
from urllib.parse import unquote, urlsplit

import requests

from model.command import UserError
from model.progress import bar
from model.records import write_json
from model.writing import lock
from workflow_scripts.fetching.compression import HEAD, fits, packing
from workflow_scripts.fetching.connection import Passing, Unavailable, answer, check_status, pause, without_login
from workflow_scripts.fetching.packages import PREFIX, package

TRIES = 5  # most tries in a row that bring less than ADVANCE bytes
ADVANCE = 1 << 20
CHUNK = 1 << 16  # bytes written at a time; when a connection breaks, an incomplete chunk is lost
FULL = (errno.ENOSPC, errno.EDQUOT)
HTML = (b"<!doctype html", b"<html")
HEADERS = {"Accept-Encoding": "identity", "User-Agent": "mrasp-workflow"}


@dataclass(frozen=True)
class Expected:
    """What is known of a file before the download."""

    sha256: str | None = None
    md5: str | None = None  # the only checksum that sacreBLEU has
    bytes: int | None = None


@dataclass(frozen=True)
class _Version:
    """One version of the file at an address, as its server identifies it. length: in bytes."""

    url: str
    etag: str | None = None
    last_modified: str | None = None
    length: int | None = None

    @property
    def validator(self) -> str | None:
        """What identifies the bytes of this version: a strong ETag, or else the date of the last change."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.last_modified


def download(addresses: Sequence[str], part: Path, expected: Expected, label: str) -> dict[str, object]:
    """Download one file to `part`, a path that ends in .part, from the first of `addresses` that works.

    An address is https, plain http if a checksum is expected, a package (packages.py), or a local file: its path, the
    path of a folder with a file of this name, or file://. Returns url (the final one), sha256, bytes, etag and
    last_modified. Raises UserError if no address gives the expected file, or the disk is full. Bytes with another
    checksum are kept as x.bad.
    """
    part.parent.mkdir(parents=True, exist_ok=True)
    reasons: list[str] = []
    with _alone(part):
        for address in addresses:
            if reasons:
                print(f"{label}: {reasons[-1]}; trying the next address", file=sys.stderr)
            try:
                return _brought(address, part, expected, label)
            except Unavailable as reason:
                reasons.append(f"{without_login(address)}: {reason}")
    raise UserError(
        f"{label}: cannot be downloaded ({'; '.join(reasons) or 'it has no address'}); "
        "name a mirror in the study, or fetch it by hand: with --config mode=offline you learn where to put it"
    )


@contextmanager
def _alone(part: Path) -> Iterator[None]:
    """Keep other processes from writing the same part file. An empty one is removed at the end."""
    with open(part, "ab") as file:
        try:
            lock(file, part)
        except BlockingIOError:
            raise UserError(f"{part}: another run is downloading it; run the command again when it is done") from None
        try:
            yield
        finally:
            if not _size(part):
                _discard(part)


def _brought(address: str, part: Path, expected: Expected, label: str) -> dict[str, object]:
    """Download from one address. Returns what `download` returns. Raises Unavailable."""
    try:
        version = _got(address, part, expected, label)
        found = _checked(part, expected)
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise UserError(
            f"{part}: the disk is full after {_size(part):,} bytes; free space, and run the command again to continue"
        ) from None
    _state_file(part).unlink(missing_ok=True)
    return {"url": version.url, **found, "etag": version.etag, "last_modified": version.last_modified}


def _got(address: str, part: Path, expected: Expected, label: str) -> _Version:
    """Get the file of an address: a package, a local file, or one on the web."""
    if address.startswith(PREFIX):
        _forget(part)
        package(address, part)
        return _Version(address)
    here = "://" not in address or address.startswith("file://")
    return _copied(address, part) if here else _fetched(address, part, expected, label)


def _copied(address: str, part: Path) -> _Version:
    """Copy a local file, or the file of the same name in a local folder."""
    source = Path(unquote(urlsplit(address).path) if "://" in address else address)
    if source.is_dir():
        source /= part.stem
    try:
        with open(source, "rb") as file:
            _forget(part)
            with open(part, "wb") as copy:
                shutil.copyfileobj(file, copy, ADVANCE)
    except OSError as error:
        if error.errno in FULL:
            raise
        raise Unavailable(f"{source}: {error.strerror or error}") from None
    return _Version(source.resolve().as_uri())


def _fetched(address: str, part: Path, expected: Expected, label: str) -> _Version:
    """Fetch from a server, with at most TRIES tries in a row that bring little."""
    tries, furthest = 0, _size(part)
    while True:
        try:
            return _tried(address, part, expected, label)
        except Passing as passing:
            fault = passing
        size = _size(part)
        tries = 1 if size >= furthest + ADVANCE else tries + 1
        furthest = max(furthest, size)
        if tries == TRIES:
            raise Unavailable(f"{fault}, {TRIES} tries in a row")
        seconds = pause(tries, fault.wait)
        print(f"{label}: {fault}; next try in {seconds:.0f} s", file=sys.stderr)
        sleep(seconds)


def _tried(address: str, part: Path, expected: Expected, label: str) -> _Version:
    """Ask once for the missing bytes and write them. Raises Passing, which keeps the bytes so far, or Unavailable."""
    version, size = _resumable(part, address)
    headers = dict(HEADERS)
    if version:
        headers |= {"Range": f"bytes={size}-", "If-Range": version.validator or ""}
    with answer(address, headers, bool(expected.sha256 or expected.md5)) as (url, response):
        check_status(response)
        if response.status_code == 200:
            version = _begun(response, address, part, expected)
        elif not version:
            raise Unavailable(f"HTTP {response.status_code}, though the whole file was asked for")
        else:
            _check_continuation(response, part, size, version)
        if response.status_code != 416:
            _receive(response, part, version.length or expected.bytes or 0, label)
    return replace(version, url=without_login(url))


def _resumable(part: Path, address: str) -> tuple[_Version | None, int]:
    """(version of the bytes in the part file, their number); (None, 0) if they cannot be continued."""
    try:
        version = _Version(**json.loads(_state_file(part).read_text(encoding="utf-8")))
        size = part.stat().st_size
    except (OSError, ValueError, TypeError):
        return None, 0
    return (version, size) if size and version.url == address and version.validator else (None, 0)


def _begun(response: requests.Response, address: str, part: Path, expected: Expected) -> _Version:
    """Start the part file again. Raises Unavailable if the headers show that this is not the wanted file."""
    name, headers = part.stem, response.headers
    length = int(headers["Content-Length"]) if headers.get("Content-Length", "").isdecimal() else None
    if headers.get("Content-Type", "").lower().startswith("text/html") and not _may_be_html(name):
        raise Unavailable("sends an HTML page; look at it in a browser")
    if headers.get("Content-Encoding", "identity") != "identity" and not packing(name):
        raise Unavailable(f"sends the file packed with {headers['Content-Encoding']}, which was not asked for")
    if length is not None and expected.bytes not in (None, length):
        raise Unavailable(f"has {length:,} bytes, {expected.bytes:,} are expected")
    version = _Version(address, headers.get("ETag"), headers.get("Last-Modified"), length)
    _forget(part)
    write_json(_state_file(part), asdict(version))
    return version


def _check_continuation(response: requests.Response, part: Path, size: int, version: _Version) -> None:
    """Raise Passing, and remove the part file, unless the answer continues this version at byte `size`."""
    header, etag = response.headers.get("Content-Range", ""), response.headers.get("ETag")
    length = version.length
    if response.status_code == 416:  # the part file is complete, or of another version
        found = re.fullmatch(r"bytes \*/(\d+)", header)
        fits_here = size == (int(found[1]) if found else length)
    else:
        found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", header)
        fits_here = bool(found and int(found[1]) == size and (not length or found[2] in ("*", str(length))))
    if not fits_here or (etag and version.etag and etag != version.etag):
        _forget(part)
        raise Passing("the file has changed, or its server cannot continue; it begins again")


def _receive(response: requests.Response, part: Path, total: int, label: str) -> None:
    """Append the body as it was sent. total: expected bytes of the part file, 0 if not known."""
    with open(part, "ab") as file, bar(total, label, "B", initial=file.tell()) as shown:
        for chunk in response.raw.stream(CHUNK, decode_content=False):
            file.write(chunk)
            shown.update(len(chunk))
            if total and file.tell() > total:
                _forget(part)
                raise Unavailable(f"sends more than the {total:,} bytes expected")
        size = file.tell()
    if size < total:
        raise Passing(f"the connection ended after {size:,} of {total:,} bytes")


def _checked(part: Path, expected: Expected) -> dict[str, object]:
    """The checksum and size of the part file, which is flushed to disk. Raises Unavailable for another file."""
    name, size = part.stem, part.stat().st_size
    with open(part, "rb") as file:
        os.fsync(file.fileno())
        head = file.read(HEAD)
        fault = None
        if not size:
            fault = "sends an empty file"
        elif head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(HTML) and not _may_be_html(name):
            fault = "sends an HTML page; look at it in a browser"
        elif not fits(name, head):
            fault = f"sends what does not begin like a {Path(name).suffix} file"
        elif expected.bytes not in (None, size):
            fault = f"has {size:,} bytes, {expected.bytes:,} are expected"
        if fault:
            _discard(part)
            raise Unavailable(fault)
        sums = {}
        for kind in ("sha256", "md5") if expected.md5 else ("sha256",):
            file.seek(0)
            sums[kind] = hashlib.file_digest(file, kind).hexdigest()
    for kind, found in sums.items():
        wanted = getattr(expected, kind)
        if wanted and wanted.lower() != found:
            bad = part.with_suffix(".bad")
            os.replace(part, bad)
            _discard(part)
            raise Unavailable(f"{kind} {wanted} is expected, what arrived has {found} and is kept as {bad}")
    return {"sha256": sums["sha256"], "bytes": size}


def _may_be_html(name: str) -> bool:
    return name.lower().endswith((".html", ".htm", ".xhtml"))


def _size(part: Path) -> int:
    """The bytes of the part file, or 0 if it was removed."""
    return part.stat().st_size if part.exists() else 0


def _state_file(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _forget(part: Path) -> None:
    """Empty the part file and remove its state, in an order that is safe if the process is killed in between."""
    _state_file(part).unlink(missing_ok=True)
    open(part, "wb").close()


def _discard(part: Path) -> None:
    _state_file(part).unlink(missing_ok=True)
    part.unlink(missing_ok=True)
