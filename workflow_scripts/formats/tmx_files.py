"""TMX, the XML of translation memories. A unit (`tu`) has a variant (`tuv`) per language, with its text in `seg`."""

from collections.abc import Iterator, Sequence
from typing import BinaryIO

import pyarrow as pa
from lxml import etree

from model.command import UserError
from workflow_scripts.drops import Drops
from workflow_scripts.formats.line_files import LONGEST, REASONS, ROWS, TOO_LONG

LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
CODES = {"bpt", "ept", "it", "ph", "ut"}  # elements with markup of another format, not text


def tmx(stream: BinaryIO, label: str, languages: Sequence[str], drops: Drops) -> Iterator[pa.RecordBatch]:
    """The segments of each unit in `languages`, one or two, as columns `first` and `second`.

    languages: as the file writes them, whatever their case; `en` matches en-GB where a unit has no plain en. Raises
    UserError, after the units before it, for what is no XML or no TMX. Entities a file defines are not resolved.
    """
    names, rows = ["first", "second"][: len(languages)], []
    for unit in _units(stream, label):
        row = _segments(unit, [language.lower().replace("_", "-") for language in languages])
        if None in row:
            drops.add("missing_language", *(segment or "" for segment in row))
        elif any(len(segment.encode()) > LONGEST for segment in row if segment):
            drops.add(REASONS[TOO_LONG], *(segment or "" for segment in row))
        else:
            rows.append(row)
        if len(rows) == ROWS:
            yield _batch(rows, names)
            rows = []
    if rows:
        yield _batch(rows, names)


def _batch(rows: list[list[str | None]], names: list[str]) -> pa.RecordBatch:
    return pa.record_batch([pa.array(column, pa.string()) for column in zip(*rows, strict=True)], names=names)


def _units(stream: BinaryIO, label: str) -> Iterator[etree._Element]:
    """The units of a file one by one. Earlier units are removed from memory."""
    events = etree.iterparse(
        stream,
        tag="{*}tu",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for _, unit in events:
            yield unit
            while (before := unit.getprevious()) is not None:
                unit.getparent().remove(before)
    except etree.XMLSyntaxError as error:
        reason = " ".join((error.msg or "it is empty").split())
        raise UserError(f"{label}: line {error.lineno}: no XML that can be read ({reason}); fetch it again") from None
    if etree.QName(events.root).localname != "tmx":
        raise UserError(f"{label}: the file is no TMX but {etree.QName(events.root).localname}; fetch it again")


def _segments(unit: etree._Element, languages: Sequence[str]) -> list[str | None]:
    """The text of a unit in each language, or None."""
    found: dict[str, str] = {}
    for variant in unit.iterchildren("{*}tuv"):
        language = (variant.get(LANGUAGE) or variant.get("lang") or "").lower().replace("_", "-")
        segment = next(variant.iterchildren("{*}seg"), None)
        if segment is not None:
            found.setdefault(language, "".join(_texts(segment)))
    return [
        found[code] if code in found else next((found[c] for c in found if c.startswith(f"{code}-")), None)
        for code in languages
    ]


def _texts(element: etree._Element) -> Iterator[str]:
    """The pieces of the text of an element, without CODES. An unresolved entity is kept as it is written."""
    if not isinstance(element.tag, str):
        yield element.text or ""
    elif etree.QName(element).localname not in CODES:
        yield element.text or ""
        for child in element:
            yield from _texts(child)
            yield child.tail or ""
