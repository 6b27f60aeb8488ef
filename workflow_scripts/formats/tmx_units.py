"""The units of a TMX file as elements, each parsed on its own, so that one that is no XML does not end the reading."""

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree

from model.command import UserError
from workflow_scripts.formats.encodings import marked, refuse_compressed

CHUNK = 1 << 20  # bytes read at once
LONGEST_UNIT = 1 << 24  # characters
PARSER = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, remove_comments=True, remove_pis=True)
_DECLARED = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._:-]+)")
_BEFORE_ROOT = re.compile(r"<\?.*?\?>|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.DOTALL)
_ROOT = re.compile(r"<([A-Za-z_][\w.:-]*)[^>]*>")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_START, _END = re.compile(r"<(?:[\w.-]+:)?tu[\s>]"), re.compile(r"</(?:[\w.-]+:)?tu\s*>")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_REFERENCE = re.compile(r"<!\[CDATA\[.*?\]\]>|&(?:(?:amp|lt|gt|quot|apos);|#(x[0-9a-fA-F]+|[0-9]+);)?", re.DOTALL)


def texts_of_units(stream: BinaryIO, label: str) -> Iterator[str]:
    """The text of each unit, inside the file's root element, whose start tag has its namespaces.

    Raises UserError for a file with another root than `tmx`, and at the end for one that breaks off.
    """
    rest, root, line = "", None, 1
    for chunk in _decoded(stream, label):
        rest = _COMMENT.sub(lambda match: "\n" * match[0].count("\n"), rest + chunk)
        open_comment = rest.find("<!--")  # the rest of it comes with the next chunk
        whole = len(rest) if open_comment < 0 else open_comment
        root = root or _root(rest[:whole], label)
        if root:
            start = 0
            for end in _END.finditer(rest, 0, whole):
                # A unit that is never closed is cut before the next one, and the parser refuses it.
                cuts = [*(match.start() for match in _START.finditer(rest, start, end.start())), end.end()]
                yield from (f"{root[0]}{rest[at:to]}{root[1]}" for at, to in zip(cuts, cuts[1:], strict=False))
                line, start = line + rest.count("\n", start, end.end()), end.end()
            rest = rest[start:]
        if len(rest) > LONGEST_UNIT:
            raise _no_xml(label, line, "nothing ends here")
    if not root:
        raise _no_xml(label, line, "it has no element")
    if root[1] and root[1] not in rest:
        raise _no_xml(label, line + rest.rstrip().count("\n"), "the file breaks off")


def _no_xml(label: str, line: int, why: str) -> UserError:
    return UserError(f"{label}: line {line}: no XML that can be read ({why}); fetch it again")


def _root(text: str, label: str) -> tuple[str, str] | None:
    """Start tag and end tag of the root element, or None if it has not come yet. Raises UserError for no `tmx`."""
    found = _ROOT.search(_BEFORE_ROOT.sub("", text))
    if not found:
        return None
    if (name := found[1].rpartition(":")[2]) != "tmx":
        raise UserError(f"{label}: the file is no TMX but {name}; fetch it again")
    return found[0], "" if found[0].endswith("/>") else f"</{found[1]}>"


def _decoded(stream: BinaryIO, label: str) -> Iterator[str]:
    """The text of a file. Bytes that are not in its encoding become U+FFFD."""
    chunk = stream.read(CHUNK)
    refuse_compressed(chunk, label)
    name = _encoding(chunk)
    try:
        decoder = codecs.getincrementaldecoder(name)("replace")
        decoder.decode(b"")
    except (LookupError, TypeError, AssertionError):
        raise UserError(f"{label}: its encoding {name!r} is not known; convert the file to UTF-8 with iconv") from None
    while chunk:
        yield decoder.decode(chunk)
        chunk = stream.read(CHUNK)
    yield decoder.decode(b"", final=True)


def _encoding(head: bytes) -> str:
    """What the first bytes of a file or its XML declaration say, else UTF-8."""
    if name := marked(head):
        return name
    if b"\0" in head[:2]:
        return "utf-16-be" if head[:1] == b"\0" else "utf-16-le"
    declared = _DECLARED.match(head.removeprefix(codecs.BOM_UTF8))
    name = declared[1].decode() if declared else "utf-8"
    # A declaration that can be read as ASCII is not in UTF-16, whatever it says.
    return "utf-8-sig" if name.lower() in ("utf-8", "utf8") or name.lower().startswith("utf-16") else name


def parsed(text: str) -> tuple[etree._Element | None, int]:
    """(the unit in a text of `texts_of_units`, or None if it is no XML; how many characters that XML forbids it had).

    These become spaces. An entity that the file defines, and a bare `&`, stay as they are written.
    """
    text, forbidden = _FORBIDDEN.subn(" ", text)

    def reference(match: re.Match[str]) -> str:
        nonlocal forbidden
        if match[0] == "&":
            return "&amp;"
        if number := match[1]:
            value = int(number[1:], 16) if number[0] == "x" else int(number)
            if value > 0x10FFFF or _FORBIDDEN.match(chr(value)):
                forbidden += 1
                return " "
        return match[0]

    try:
        return etree.fromstring(_REFERENCE.sub(reference, text), PARSER)[0], forbidden
    except (etree.XMLSyntaxError, IndexError, ValueError):
        return None, forbidden
