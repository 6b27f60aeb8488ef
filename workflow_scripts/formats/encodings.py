"""What the first bytes of a file say: compressed files and other encodings than UTF-8 are refused."""

import codecs

from model.command import UserError

HEAD = 1 << 16  # bytes to look at
MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",  # it begins as UTF-16 does, so it is looked up first
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
COMPRESSED = {b"\x28\xb5\x2f\xfd": "zst (unzstd)", b"7z\xbc\xaf": "7z (7z x)", b"Rar!": "rar (unrar x)"}
NEARLY_ALL = 0.9  # of the lines
SOME = 0.01


def refuse_compressed(head: bytes, label: str) -> None:
    """Raise UserError for a file in a compressed form that is not read here."""
    for mark, name in COMPRESSED.items():
        if head.startswith(mark):
            raise UserError(f"{label}: the file is compressed as {name}; decompress it, or compress it with gzip or xz")


def marked(head: bytes) -> str | None:
    """The encoding whose byte-order mark a file begins with, other than UTF-8."""
    return next((name for mark, name in MARKS.items() if head.startswith(mark)), None)


def refuse_other_encodings(head: bytes, label: str) -> None:
    """Raise UserError for lines of text that are not UTF-8, by the first HEAD bytes of the file.

    These are UTF-16 and UTF-32, known by their marks or by NUL characters; lines that end with `\\r` alone, as on old
    Macs; and text of which nearly no line is UTF-8. Single lines with other bytes are left to the reader.
    """
    refuse_compressed(head, label)
    if name := marked(head) or _with_nulls(head):
        raise UserError(f"{label}: the text is {name}; convert it: iconv -f {name} -t UTF-8 FILE > NEW")
    lines = head.split(b"\n")
    if len(lines) > 1:
        lines.pop()  # empty, or cut
    if sum(line.count(b"\r", 0, len(line) - 1) for line in lines) > head.count(b"\n"):
        raise UserError(
            f"{label}: its lines end with \\r alone, as on old Macs; convert it: tr '\\r' '\\n' < FILE > NEW"
        )
    if sum(not is_utf8(line) for line in lines) > NEARLY_ALL * len(lines):
        raise UserError(
            f"{label}: nearly no line is UTF-8; find out its encoding (the command file guesses it) and convert it, for"
            " instance: iconv -f ISO-8859-1 -t UTF-8 FILE > NEW"
        )


def _with_nulls(head: bytes) -> str | None:
    """The encoding without a mark in which NUL characters and line feeds of text make sense, or None."""
    lines = head.split(b"\n")
    if sum(b"\0" in line for line in lines) <= SOME * len(lines):
        return None
    little = head[1::2].count(0) >= head[::2].count(0)  # the second of two bytes is the NUL of a Latin letter
    for name in ("UTF-32LE", "UTF-32BE", "UTF-16LE" if little else "UTF-16BE"):
        text = head.decode(name, "replace").removesuffix("\ufffd")  # HEAD may cut the last character
        if "\ufffd" not in text and ("\n" in text or len(lines) == 1):
            return name
    return None


def is_utf8(data: bytes) -> bool:
    """Whether bytes are valid UTF-8."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
