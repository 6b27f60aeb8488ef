"""How every source spells languages, and pairs of them. The codes themselves are those of model/text/languages.py."""

from functools import cache

import langcodes

from model.command import UserError
from model.text.languages import GROUPS, default_script, short

# Exceptions from the style of a source (see `native`).
ALIASES: dict[str, dict[str, str]] = {
    "opus": {
        "zho_Hans": "zh_CN", "zho_Hant": "zh_TW", "nob_Latn": "nb", "nno_Latn": "nn", "srp_Cyrl": "sr",
        "tgl_Latn": "tl",
    },
    "wmt": {"zho_Hans": "zh", "nob_Latn": "no"},
    "muse": {"zho_Hans": "zh", "nob_Latn": "no", "tgl_Latn": "tl"},
    "freedict": {
        "arb_Arab": "ara", "khk_Cyrl": "mon", "lvs_Latn": "lav", "nob_Latn": "nor", "pes_Arab": "fas",
        "srp_Cyrl": "srp", "zho_Hans": "zho",
    },
    "ntrex": {
        "khk_Cyrl": "mon", "lvs_Latn": "lav", "pes_Arab": "fas", "por_Latn_BR": "por-BR", "srp_Cyrl": "srp-Cyrl",
        "srp_Latn": "srp-Latn", "swh_Latn": "swa", "tgl_Latn": "fil", "zho_Hans": "zho-CN", "zho_Hant": "zho-TW",
        "zsm_Latn": "msa",
    },
}  # fmt: skip
# gettext names locales by country where the variants differ; the first that a package carries is taken.
LOCALES: dict[str, tuple[str, ...]] = {
    "nb": ("nb", "nb_NO", "no"),
    "pt": ("pt_BR", "pt"),
    "sr_Cyrl": ("sr", "sr_RS"),
    "sr_Latn": ("sr_Latn", "sr@latin"),
    "zh_Hans": ("zh_CN", "zh_Hans"),
    "zh_Hant": ("zh_TW", "zh_Hant"),
    "zsm": ("ms",),
    "swh": ("sw",),
}


@cache
def native(source: str, style: str, code: str) -> str:
    """How a source spells a canonical code: by its aliases, or by its style.

    style: `flores` (the code itself), `alpha3` (`glg`), or `alpha2` (`gl`, `pt_BR`, and `sw` for `swh_Latn`).
    """
    if code in ALIASES.get(source, {}):
        return ALIASES[source][code]
    alpha3, _, *region = code.split("_")
    if style == "flores":
        return code
    if default_script(alpha3) != code.split("_")[1]:
        raise UserError(f"{source} has no name for {short(code)}, only for its language; give the item the key native")
    if style == "alpha3":
        return alpha3
    group = langcodes.Language.get(GROUPS.get(alpha3, alpha3)).prefer_macrolanguage().language
    return "_".join([group or alpha3, *region])


def locales(code: str) -> tuple[str, ...]:
    """The locale names of a language in software, the best first."""
    return LOCALES.get(code, (code,))
