"""Languages: one canonical code each, the short code people see, pairs of them, and how every source spells them.

The canonical code is the one of FLORES-200, language in ISO 639-3 and script in ISO 15924 (`glg_Latn`), with a region
where a corpus tells variants apart (`por_Latn_BR`). Studies and file names use the short code (`gl`, `pt_BR`).
"""

from functools import cache

import langcodes

from model.command import UserError

# Codes that stand for several written languages which corpora keep apart. A study has to say which one it means.
AMBIGUOUS: dict[str, tuple[str, ...]] = {
    "az": ("azj_Latn", "azb_Arab"),
    "ff": ("fuv_Latn", "ffm_Latn", "fuf_Latn"),
    "ku": ("kmr_Latn", "ckb_Arab"),
    "ms": ("zsm_Latn", "zlm_Latn"),
    "no": ("nob_Latn", "nno_Latn"),
    "sr": ("srp_Cyrl", "srp_Latn"),
    "sw": ("swh_Latn", "swc_Latn"),
    "zh": ("zho_Hans", "zho_Hant"),
}

# Groups of languages of which corpora mean one when they name the group; FLORES-200 names that one.
INDIVIDUAL: dict[str, str] = {
    "aka": "twi", "ara": "arb", "aym": "ayr", "din": "dik", "fas": "pes", "kau": "knc", "lav": "lvs", "mlg": "plt",
    "mon": "khk", "nep": "npi", "ori": "ory", "orm": "gaz", "pus": "pbt", "que": "quy", "sqi": "als", "uzb": "uzn",
    "yid": "ydd",
}  # fmt: skip
ISO_639_1 = {"tgl": "tl"}  # langcodes writes fil instead
GROUPS = {language: group for group, language in INDIVIDUAL.items() if group != "aka"}

# Where a source spells a language otherwise than its style (see `native`) would.
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
def canonical(code: str) -> str:
    """`gl`, `glg` or `glg_Latn` → `glg_Latn`; `zh_CN` → `zho_Hans`; `pt_BR` → `por_Latn_BR`.

    Raises UserError for what is no language of BCP 47, and with the candidates for a code that means several.
    """
    tag = _tag(code)
    if tag is None or not (language := tag.language) or "qaa" <= language <= "qtz":  # the last are for private use
        raise UserError(f"unknown language {code!r}; use an ISO 639 code, for instance gl, pt_BR or glg_Latn")
    alpha3 = langcodes.Language.get(language, normalize=False).to_alpha3()
    two = _iso_639_1(alpha3)
    if two in AMBIGUOUS and not (tag.script or tag.territory):
        choice = " or ".join(f"{short(c)} ({c})" for c in AMBIGUOUS[two])
        raise UserError(f"language {code!r} is ambiguous: say {choice}")
    script = tag.script or default_script(tag.to_tag())
    if not script:
        raise UserError(f"language {code!r}: its script is not known here; say it, for instance {alpha3}_Latn")
    # Countries stand for scripts in Chinese codes and for variants of the language in all others.
    region = tag.territory if alpha3 != "zho" else None
    return "_".join(filter(None, (INDIVIDUAL.get(alpha3, alpha3), script, region)))


def _tag(code: str) -> langcodes.Language | None:
    if "-" in code or not code.replace("_", "").isalnum():
        return None
    try:
        written = code.replace("_", "-")
        return langcodes.Language.get(written, normalize=False) if langcodes.tag_is_valid(written) else None
    except (langcodes.LanguageTagError, LookupError):
        return None


def _iso_639_1(alpha3: str) -> str:
    """The two-letter code of a language, or the code itself where it has none."""
    two = langcodes.Language.get(alpha3)
    # langcodes also replaces a language by another one (swc by sw, tgl by fil), which is too much here.
    same = two.language and two.to_alpha3() == alpha3
    return ISO_639_1.get(alpha3) or (str(two.language) if same else alpha3)


def default_script(tag: str) -> str | None:
    """The script a language is usually written in, as FLORES names it: Korean is `Hang` there."""
    script = langcodes.Language.get(tag).maximize().script
    return "Hang" if script == "Kore" else script


@cache
def short(code: str) -> str:
    """The code people write for a canonical one, which leaves out what goes without saying: `glg_Latn` → `gl`."""
    alpha3, script, *region = code.split("_")
    group = GROUPS.get(alpha3, alpha3)
    language = _iso_639_1(group)
    language = alpha3 if language == group else language
    unsaid = language not in AMBIGUOUS and default_script(language) == script
    return "_".join([language, *([] if unsaid else [script]), *region])


def check_language(code: str) -> str:
    """The short code of a language, however it is written. Raises UserError as `canonical` does."""
    return short(canonical(code))


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
    """The locale names under which software may carry a language, best first."""
    return LOCALES.get(code, (code,))


def parse_pair(text: str) -> tuple[str, str]:
    """Two short codes of a pair such as `en-gl`, sorted. Raises UserError for anything else."""
    codes = [check_language(code) for code in text.split("-")] if text.count("-") == 1 else []
    if len(set(codes)) != 2:
        raise UserError(f"{text!r} is no pair of languages; write two codes, for instance en-gl")
    first, second = sorted(codes)
    return first, second


def directions(pair: str) -> list[str]:
    """Both directions of a pair: `en-gl` → [`en-gl`, `gl-en`]."""
    first, second = pair.split("-")
    return [f"{first}-{second}", f"{second}-{first}"]


def pair_of(direction: str) -> str:
    """The pair a direction belongs to: `gl-en` → `en-gl`."""
    return "-".join(sorted(direction.split("-")))
