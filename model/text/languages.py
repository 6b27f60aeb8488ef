"""Language codes: a canonical one for each language, and a short one for people.

The canonical code is that of FLORES-200, language in ISO 639-3 and script in ISO 15924 (`glg_Latn`), with a region if
corpora distinguish variants (`por_Latn_BR`). Studies and file names use the short code (`gl`, `pt_BR`).
"""

import re
from collections.abc import Collection
from contextlib import suppress
from functools import cache

import langcodes
from langcodes.data_dicts import LANGUAGE_ALPHA3, LANGUAGE_REPLACEMENTS, LIKELY_SUBTAGS, NORMALIZED_MACROLANGUAGES

from model.command import UserError

# Codes of several written languages that corpora distinguish. A study must name one of these.
AMBIGUOUS: dict[str, tuple[str, ...]] = {
    "az": ("azj_Latn", "azb_Arab"),
    "bh": ("bho_Deva", "mag_Deva", "mai_Deva"),
    "ff": ("fuv_Latn", "ffm_Latn", "fuf_Latn", "fuc_Latn"),
    "ku": ("kmr_Latn", "ckb_Arab"),
    "ms": ("zsm_Latn", "zlm_Latn"),
    "no": ("nob_Latn", "nno_Latn"),
    "sr": ("srp_Cyrl", "srp_Latn"),
    "sw": ("swh_Latn", "swc_Latn"),
    "zh": ("zho_Hans", "zho_Hant"),
}
# Macro-languages, and the language of FLORES-200 that corpora mean by them.
INDIVIDUAL: dict[str, str] = {
    "ara": "arb", "aym": "ayr", "din": "dik", "fas": "pes", "kau": "knc", "lav": "lvs", "mlg": "plt", "mon": "khk",
    "nep": "npi", "ori": "ory", "orm": "gaz", "pus": "pbt", "que": "quy", "sqi": "als", "uzb": "uzn", "yid": "ydd",
}  # fmt: skip
GROUPS = {language: group for group, language in INDIVIDUAL.items()}
# Families (ISO 639-5), and codes for text in no language or in several.
NO_LANGUAGE = (
    "aav afa alg alv apa aqa aql art ath auf aus awd azc bad bai bat ber bnt btk cai cau cba ccn ccs cdc cdd cel cmc"
    " cpe cpf cpp crp csu cus day dmn dra egx esx euq fiu fox gem gme gmq gmw grk hmx hok hyx iir ijo inc ine ira iro"
    " itc jpx kar kdo khi kro map mis mkh mno mul mun myn nah nai ngf nic nub omq omv oto paa phi plf poz pqe pqw pra"
    " qwe roa sai sal sdv sem sgn sio sit sla smi son sqj ssa syd tai tbq trk tup tut tuw und urj wak wen xgn xnd ypk"
    " zhx zle zls zlw znd zxx"
)
# Other codes of a language: ISO 639-2/B (`ger`), retired ones (`iw`), and Filipino, which corpora do not tell from
# Tagalog. CLDR also replaces languages that ISO 639-3 tells apart (`swc`, `prs`), which must not happen here.
RENAMED = {old: new for old, new in LANGUAGE_REPLACEMENTS.items() if old.isalpha() and new.isalpha()}
RENAMED |= {"fil": "tgl", "tl": "tgl", "mo": "ro", "drw": "prs", "tnf": "prs", "sh": "hbs"}
RENAMED.pop("tgl")
ISO_639_1 = {alpha3: two for two, alpha3 in LANGUAGE_ALPHA3.items() if len(two) == 2 and two not in RENAMED}
ISO_639_1["tgl"] = "tl"
# The usual script of languages that CLDR lacks. Its other data are in LIKELY_SUBTAGS.
SCRIPTS = dict.fromkeys(
    ("azj", "cjk", "dik", "ffm", "fuc", "fuf", "kmr", "lus", "swc", "swh", "tgl", "twi", "zlm", "zsm"), "Latn"
) | {"prs": "Arab"}
_HYPHENS = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")  # en-gl is a pair


@cache
def canonical(code: str) -> str:
    """`gl`, `glg` or `glg_Latn` → `glg_Latn`; `zh_CN` → `zho_Hans`; `pt_BR` or `pt-BR` → `por_Latn_BR`.

    A code of ISO 639-2/B, a retired one, and the member of a macro-language that CLDR takes for the whole (`cmn`,
    `ekk`) give the code of the language. Raises UserError for a code that is not a language of BCP 47, and, with the
    candidates, for an ambiguous code.
    """
    return _candidates(code)[0]


def first_of(code: str) -> str:
    """The canonical code, and for an ambiguous code the first of its languages: `zh` → `zho_Hans`."""
    return _candidates(code, several=True)[0]


def _candidates(code: str, several: bool = False) -> list[str]:
    """The canonical codes that a code may mean. Raises UserError if they are several, unless `several`."""
    tag = _tag(code)
    alpha3 = _alpha3(tag.extlangs[0] if tag.extlangs else tag.language or "") if tag else ""
    if not tag or not alpha3 or "qaa" <= alpha3 <= "qtz":  # qaa to qtz are for private use
        raise UserError(f"unknown language {code!r}; use an ISO 639 code, for instance gl, pt_BR or glg_Latn")
    if alpha3 in NO_LANGUAGE.split():
        raise UserError(f"{code!r} is a group of languages, or none; name a language, for instance gl or glg_Latn")
    alpha3, latin = (
        ("srp", "Latn") if alpha3 == "hbs" else (INDIVIDUAL.get(alpha3, alpha3), None)
    )  # hbs is sr_Latn in CLDR
    script = tag.script or latin or default_script(alpha3, tag.territory)
    # A country means the script in Chinese codes, and a variant of the language in all others.
    region = tag.territory if alpha3 != "zho" else None
    if choice := AMBIGUOUS.get(ISO_639_1.get(alpha3, alpha3)):
        said = tag.script or latin or tag.territory
        found = [one for one in choice if not said or one.endswith(f"_{script}")]
        if len(found) != 1 and not several:
            names = " or ".join(f"{short(one)} ({one})" for one in found or choice)
            raise UserError(f"language {code!r} is ambiguous: say {names}")
        if tag.script and not found:
            return ["_".join((choice[0].split("_")[0], tag.script))]
        return ["_".join(filter(None, (one, region))) for one in found or choice]
    if not script:
        raise UserError(
            f"language {code!r}: its script is not known here; say it, as {alpha3}_Latn or {alpha3}_Arab do"
        )
    return ["_".join(filter(None, (alpha3, script, region)))]


def _tag(code: str) -> langcodes.Language | None:
    if not (_HYPHENS.fullmatch(code) or code.replace("_", "").isalnum()):
        return None
    try:
        written = code.replace("_", "-")
        return langcodes.Language.get(written, normalize=False) if langcodes.tag_is_valid(written) else None
    except (langcodes.LanguageTagError, LookupError):
        return None


def _alpha3(language: str) -> str:
    """The code of ISO 639-3 that stands for a language, whichever of its codes is given."""
    while language in RENAMED:
        language = RENAMED[language]
    alpha3 = LANGUAGE_ALPHA3.get(language, language)
    if alpha3 in KEPT:
        return alpha3
    whole = NORMALIZED_MACROLANGUAGES.get(language, language)
    return LANGUAGE_ALPHA3.get(whole, whole)


# Languages that FLORES-200 or AMBIGUOUS tell apart from their macro-language.
KEPT = {"bih", "twi", *(code.split("_")[0] for codes in AMBIGUOUS.values() for code in codes)}


def default_script(alpha3: str, region: str | None = None) -> str | None:
    """The usual script of a language, in a country if given, or None if it is not known.

    Scripts are named as in FLORES-200: Korean is `Hang` there.
    """
    for language in (alpha3, GROUPS.get(alpha3, alpha3)):
        tag = ISO_639_1.get(language, language)
        likely = LIKELY_SUBTAGS.get(f"{tag}-{region}") or LIKELY_SUBTAGS.get(tag)
        script = likely.split("-")[1] if likely else SCRIPTS.get(language)
        if script:
            return "Hang" if script == "Kore" else script
    return None


@cache
def short(code: str) -> str:
    """The short code of a canonical one, without the language's usual script: `glg_Latn` → `gl`."""
    alpha3, script, *region = code.split("_")
    group = GROUPS.get(alpha3, alpha3)
    language = ISO_639_1.get(group, alpha3)
    unsaid = language not in AMBIGUOUS and default_script(alpha3) == script
    return "_".join([language, *([] if unsaid else [script]), *region])


def check_language(code: str) -> str:
    """The short code of a language, from any code of it. Raises UserError as `canonical` does."""
    return short(canonical(code))


def meant(code: str, languages: Collection[str]) -> str:
    """The one of some short codes that a code means: `de` for `ger` and `deu_Latn`; else the code itself."""
    if code not in languages:
        with suppress(UserError):
            if (found := check_language(code)) in languages:
                return found
    return code
