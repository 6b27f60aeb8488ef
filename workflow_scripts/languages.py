"""Language codes: how they are checked, how pairs of them are written, and the names catalogues know them by."""

import langcodes

from model.command import UserError

# gettext names locales by country where the variants differ; the first that a package carries is taken.
LOCALES: dict[str, tuple[str, ...]] = {
    "pt": ("pt_BR", "pt"),
    "zh": ("zh_CN", "zh_Hans"),
    "no": ("nb", "no"),
    "sr": ("sr", "sr_Latn"),
}


def check_language(code: str) -> str:
    """The code itself. Raises UserError for what is no language of BCP 47 or cannot stand in a file name."""
    if "-" in code or not code.replace("_", "").isalnum() or not langcodes.Language.get(code).is_valid():
        raise UserError(f"unknown language {code!r}; use an ISO 639 code, for instance gl or pt_BR")
    return code


def locales(code: str) -> tuple[str, ...]:
    """The locale names under which software may carry a language, best first."""
    return LOCALES.get(code, (code,))


def parse_pair(text: str) -> tuple[str, str]:
    """Two codes of a pair such as `en-gl`, sorted. Raises UserError for anything else."""
    codes = text.split("-")
    if len(codes) != 2 or codes[0] == codes[1]:
        raise UserError(f"{text!r} is no pair of languages; write two codes, for instance en-gl")
    first, second = sorted(map(check_language, codes))
    return first, second


def directions(pair: str) -> list[str]:
    """Both directions of a pair: `en-gl` → [`en-gl`, `gl-en`]."""
    first, second = pair.split("-")
    return [f"{first}-{second}", f"{second}-{first}"]


def pair_of(direction: str) -> str:
    """The pair a direction belongs to: `gl-en` → `en-gl`."""
    return "-".join(sorted(direction.split("-")))
