"""TMX, the XML of translation memories. A unit (`tu`) has a variant (`tuv`) per language, with its text in `seg`."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import BinaryIO

import pyarrow as pa
from lxml import etree

from model.command import UserError
from model.text.languages import canonical, first_of, short
from workflow_scripts.drops import Drops
from workflow_scripts.formats.line_files import LONGEST, NOT_UTF8, REASONS, ROWS, TOO_LONG
from workflow_scripts.formats.tmx_units import parsed, texts_of_units

LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
CODES = {"bpt", "ept", "it", "ph", "ut"}  # elements with markup of another format, not text
SHOWN = 20  # codes in a message

Variants = Sequence[tuple[str, str]]  # (the code as written, text)


def tmx(
    stream: BinaryIO, label: str, languages: Sequence[str], native: Mapping[str, str], drops: Drops
) -> Iterator[pa.RecordBatch]:
    """The segments of each unit in `languages`, one or two canonical codes, as columns `first` and `second`.

    native: short code → the code in the file, where that is no code of the language. A unit that is no XML or lacks a
    language is dropped. Raises UserError, after the units before it, for a file that is no TMX or breaks off, and for
    one in which no unit has all languages.
    """
    names = ["first", "second"][: len(languages)]
    rows: list[list[str]] = []
    for row in _rows(stream, label, languages, native, drops):
        rows.append(row)
        if len(rows) == ROWS:
            yield _batch(rows, names)
            rows = []
    if rows:
        yield _batch(rows, names)


def _batch(rows: list[list[str]], names: list[str]) -> pa.RecordBatch:
    return pa.record_batch([pa.array(column, pa.string()) for column in zip(*rows, strict=True)], names=names)


def _rows(
    stream: BinaryIO, label: str, languages: Sequence[str], native: Mapping[str, str], drops: Drops
) -> Iterator[list[str]]:
    wanted = [(language, native.get(short(language), "")) for language in languages]
    codes: dict[str, None] = {}  # that units without one of the languages have
    forbidden, any_row = 0, False
    for text in texts_of_units(stream, label):
        unit, count = parsed(text)
        forbidden += count
        if unit is None or "\ufffd" in text:
            drops.add("not_xml" if unit is None else REASONS[NOT_UTF8], text)
            continue
        variants = [*_variants(unit)]
        row = [segment for segment in _chosen(variants, wanted) if segment is not None]
        if len(row) < len(languages):
            codes.update(dict.fromkeys(code for code, _ in variants))
            drops.add("missing_language", *(segment for _, segment in variants))
        elif any(len(segment.encode()) > LONGEST for segment in row):
            drops.add(REASONS[TOO_LONG], *row)
        else:
            any_row = True
            yield row
    if forbidden:
        print(f"warning: {label}: {forbidden:,} characters that XML forbids were read as spaces", file=sys.stderr)
    if codes and not any_row:
        raise UserError(
            f"{label}: no unit has {' and '.join(map(short, languages))}; its codes are {', '.join([*codes][:SHOWN])};"
            " if one of them is a language you asked for, say so with the key native, for instance native: {gl: glg}"
        )


def _variants(unit: etree._Element) -> Iterator[tuple[str, str]]:
    for variant in unit.iterchildren("{*}tuv"):
        segment = next(variant.iterchildren("{*}seg"), None)
        if segment is not None:
            yield variant.get(LANGUAGE) or variant.get("lang") or "", "".join(_texts(segment))


def _texts(element: etree._Element) -> Iterator[str]:
    """The pieces of the text of an element, without CODES."""
    if etree.QName(element).localname not in CODES:
        yield element.text or ""
        for child in element:
            yield from _texts(child)
            yield child.tail or ""


def _chosen(variants: Variants, wanted: Sequence[tuple[str, str]]) -> list[str | None]:
    """The text of a unit in each language, or None. A variant that fits another language better is not taken."""
    chosen: list[str | None] = []
    for one in wanted:
        best: tuple[int, str] | None = None
        for written, text in variants:
            fit = _fit(written, *one)
            others = (_fit(written, *other) for other in wanted if other != one)
            if (
                fit is not None
                and all(other is None or other > fit for other in others)
                and (not best or fit < best[0])
            ):
                best = fit, text
        chosen.append(best[1] if best else None)
    return chosen


@cache
def _fit(written: str, language: str, native: str) -> int | None:
    """How well a code in a file fits a canonical one, 0 being best, or None.

    First comes the native code that the study names. Then come a code of the language, that of a region (`en-GB` for
    eng_Latn), and an ambiguous one that most often means it (`zh` for zho_Hans).
    """
    code = written.replace("-", "_")
    if native and code.lower() == native.replace("-", "_").lower():
        return 0
    try:
        usual = first_of(code)
        if usual != language and not usual.startswith(f"{language}_"):
            return None
    except UserError:
        return None
    try:
        return 1 if canonical(code) == language else 2
    except UserError:
        return 3
