"""How every source spells languages, and pairs of them. The codes themselves are those of model/text/languages.py."""

from functools import cache

from model.command import UserError
from model.text.languages import GROUPS, ISO_639_1, default_script, short

# Exceptions from the style of a source (see `native`).
ALIASES: dict[str, dict[str, str]] = {
    "opus": {
        "zho_Hans": "zh_CN", "zho_Hant": "zh_TW", "nob_Latn": "nb", "nno_Latn": "nn", "srp_Cyrl": "sr",
        "tgl_Latn": "tl", "crh_Latn": "crh",
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
# Languages that sources name by the two-letter code of their macro-language.
WHOLE = GROUPS | {"azj": "aze", "kmr": "kur", "swh": "swa", "zsm": "msa"}
# gettext names locales by country where the variants differ; the first that a package carries is taken.
LOCALES: dict[str, tuple[str, ...]] = {
    "azj": ("az",),
    "kmr": ("ku", "kmr"),
    "nb": ("nb", "nb_NO", "no"),
    "pt": ("pt_BR", "pt"),
    "sr_Cyrl": ("sr", "sr_RS"),
    "sr_Latn": ("sr_Latn", "sr@latin"),
    "tl": ("tl", "fil"),
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
    alpha3, script, *region = code.split("_")
    if style == "flores":
        return code
    if default_script(alpha3) not in (script, None):
        raise UserError(f"{source} has no name for {short(code)}, only for its language; give the item the key native")
    if style == "alpha3":
        return alpha3
    whole = WHOLE.get(alpha3, alpha3)
    return "_".join([ISO_639_1.get(whole, whole), *region])


def locales(code: str) -> tuple[str, ...]:
    """The locale names of a language in software, the best first."""
    return LOCALES.get(code, (code,))
