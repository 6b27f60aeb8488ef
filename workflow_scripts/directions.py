"""Pairs such as `en-gl`, sorted by code, and directions such as `en-gl` and `gl-en`, source first."""

import re

from model.command import UserError
from model.text.languages import canonical, check_language


def languages(pairs: list[str]) -> list[str]:
    """The languages of pairs, sorted."""
    return sorted({code for pair in pairs for code in pair.split("-")})


def split(text: str) -> list[str]:
    """The codes of a pair, a direction or a language: `en-gl` → [`en`, `gl`]; `en-pt-BR` → [`en`, `pt_BR`]."""
    if text.count("-") > 1:
        text = re.sub(r"(?<=[a-z])-(?=([A-Z][a-z]{3}|[A-Z]{2})(-|$))", "_", text)
    return text.split("-")


def parse_direction(text: str) -> tuple[str, str]:
    """Short codes of source and target of a direction such as `gl-en`. Raises UserError for anything else."""
    written = split(text)
    codes = [check_language(code) for code in written] if len(written) == 2 else []
    if len(set(codes)) != 2:
        raise UserError(f"{text!r} is no pair of languages; write two codes, for instance en-gl")
    source, target = codes
    return source, target


def parse_pair(text: str) -> tuple[str, str]:
    """Two short codes of a pair such as `en-gl`, sorted. Raises UserError for anything else."""
    first, second = sorted(parse_direction(text))
    return first, second


def directions(pair: str) -> list[str]:
    """Both directions of a pair: `en-gl` → [`en-gl`, `gl-en`]."""
    first, second = pair.split("-")
    return [f"{first}-{second}", f"{second}-{first}"]


def pair_of(direction: str) -> str:
    """The pair a direction belongs to: `gl-en` → `en-gl`."""
    return "-".join(sorted(direction.split("-")))


def codes(text: str) -> tuple[str, ...]:
    """Canonical codes of a pair, a direction or a language: `en-gl` → (`eng_Latn`, `glg_Latn`)."""
    return tuple(map(canonical, split(text)))
