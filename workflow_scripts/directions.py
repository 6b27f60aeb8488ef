"""Pairs such as `en-gl`, sorted by code, and directions such as `en-gl` and `gl-en`, source first."""

from model.command import UserError
from model.text.languages import canonical, check_language


def languages(pairs: list[str]) -> list[str]:
    """The languages of pairs, sorted."""
    return sorted({code for pair in pairs for code in pair.split("-")})


def parse_direction(text: str) -> tuple[str, str]:
    """Short codes of source and target of a direction such as `gl-en`. Raises UserError for anything else."""
    codes = [check_language(code) for code in text.split("-")] if text.count("-") == 1 else []
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
    return tuple(canonical(code) for code in text.split("-"))
