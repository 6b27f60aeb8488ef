"""Language codes: a canonical one for each language, and a short one for people.

The canonical code is that of FLORES-200, language in ISO 639-3 and script in ISO 15924 (`glg_Latn`), with a region if
corpora distinguish variants (`por_Latn_BR`). Studies and file names use the short code (`gl`, `pt_BR`).
"""

from functools import cache

import langcodes

from model.command import UserError

# Codes of several written languages that corpora distinguish. A study must name one of these.
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
# Codes of groups of languages, and the language of FLORES-200 that corpora mean by them.
INDIVIDUAL: dict[str, str] = {
    "aka": "twi", "ara": "arb", "aym": "ayr", "din": "dik", "fas": "pes", "kau": "knc", "lav": "lvs", "mlg": "plt",
    "mon": "khk", "nep": "npi", "ori": "ory", "orm": "gaz", "pus": "pbt", "que": "quy", "sqi": "als", "uzb": "uzn",
    "yid": "ydd",
}  # fmt: skip
ISO_639_1 = {"tgl": "tl"}  # langcodes writes fil instead
GROUPS = {language: group for group, language in INDIVIDUAL.items() if group != "aka"}


@cache
def canonical(code: str) -> str:
    """`gl`, `glg` or `glg_Latn` → `glg_Latn`; `zh_CN` → `zho_Hans`; `pt_BR` → `por_Latn_BR`.

    Raises UserError for a code that is not a language of BCP 47, and, with the candidates, for an ambiguous code.
    """
    tag = _tag(code)
    if tag is None or not (language := tag.language) or "qaa" <= language <= "qtz":  # qaa to qtz are for private use
        raise UserError(f"unknown language {code!r}; use an ISO 639 code, for instance gl, pt_BR or glg_Latn")
    alpha3 = langcodes.Language.get(language, normalize=False).to_alpha3()
    two = _iso_639_1(alpha3)
    if two in AMBIGUOUS and not (tag.script or tag.territory):
        choice = " or ".join(f"{short(c)} ({c})" for c in AMBIGUOUS[two])
        raise UserError(f"language {code!r} is ambiguous: say {choice}")
    script = tag.script or default_script(tag.to_tag())
    if not script:
        raise UserError(f"language {code!r}: its script is not known here; say it, for instance {alpha3}_Latn")
    # A country means the script in Chinese codes, and a variant of the language in all others.
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
    """The two-letter code of a language, or the code itself if it has none."""
    two = langcodes.Language.get(alpha3)
    # langcodes also replaces some languages by others (swc by sw, tgl by fil), which must not happen here.
    same = two.language and two.to_alpha3() == alpha3
    return ISO_639_1.get(alpha3) or (str(two.language) if same else alpha3)


def default_script(tag: str) -> str | None:
    """The usual script of a language, as FLORES names it: Korean is `Hang` there."""
    script = langcodes.Language.get(tag).maximize().script
    return "Hang" if script == "Kore" else script


@cache
def short(code: str) -> str:
    """The short code of a canonical one, without the language's usual script: `glg_Latn` → `gl`."""
    alpha3, script, *region = code.split("_")
    group = GROUPS.get(alpha3, alpha3)
    language = _iso_639_1(group)
    language = alpha3 if language == group else language
    unsaid = language not in AMBIGUOUS and default_script(language) == script
    return "_".join([language, *([] if unsaid else [script]), *region])


def check_language(code: str) -> str:
    """The short code of a language, from any code of it. Raises UserError as `canonical` does."""
    return short(canonical(code))
