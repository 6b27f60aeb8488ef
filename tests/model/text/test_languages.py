"""One canonical code a language, however it is written."""

import re

import pytest
from langcodes.data_dicts import LANGUAGE_REPLACEMENTS, LIKELY_SUBTAGS, MACROLANGUAGES, NORMALIZED_MACROLANGUAGES

from model.command import UserError
from model.text.languages import AMBIGUOUS, NO_LANGUAGE, canonical, default_script, first_of, meant, short

# The languages of FLORES-200, as its README lists them.
FLORES = (  # noqa: SIM905
    "ace_Arab ace_Latn acm_Arab acq_Arab aeb_Arab afr_Latn ajp_Arab aka_Latn als_Latn amh_Ethi apc_Arab arb_Arab "
    "arb_Latn ars_Arab ary_Arab arz_Arab asm_Beng ast_Latn awa_Deva ayr_Latn azb_Arab azj_Latn bak_Cyrl bam_Latn "
    "ban_Latn bel_Cyrl bem_Latn ben_Beng bho_Deva bjn_Arab bjn_Latn bod_Tibt bos_Latn bug_Latn bul_Cyrl cat_Latn "
    "ceb_Latn ces_Latn cjk_Latn ckb_Arab crh_Latn cym_Latn dan_Latn deu_Latn dik_Latn dyu_Latn dzo_Tibt ell_Grek "
    "eng_Latn epo_Latn est_Latn eus_Latn ewe_Latn fao_Latn fij_Latn fin_Latn fon_Latn fra_Latn fur_Latn fuv_Latn "
    "gaz_Latn gla_Latn gle_Latn glg_Latn grn_Latn guj_Gujr hat_Latn hau_Latn heb_Hebr hin_Deva hne_Deva hrv_Latn "
    "hun_Latn hye_Armn ibo_Latn ilo_Latn ind_Latn isl_Latn ita_Latn jav_Latn jpn_Jpan kab_Latn kac_Latn kam_Latn "
    "kan_Knda kas_Arab kas_Deva kat_Geor kaz_Cyrl kbp_Latn kea_Latn khk_Cyrl khm_Khmr kik_Latn kin_Latn kir_Cyrl "
    "kmb_Latn kmr_Latn knc_Arab knc_Latn kon_Latn kor_Hang lao_Laoo lij_Latn lim_Latn lin_Latn lit_Latn lmo_Latn "
    "ltg_Latn ltz_Latn lua_Latn lug_Latn luo_Latn lus_Latn lvs_Latn mag_Deva mai_Deva mal_Mlym mar_Deva min_Arab "
    "min_Latn mkd_Cyrl mlt_Latn mni_Beng mos_Latn mri_Latn mya_Mymr nld_Latn nno_Latn nob_Latn npi_Deva nso_Latn "
    "nus_Latn nya_Latn oci_Latn ory_Orya pag_Latn pan_Guru pap_Latn pbt_Arab pes_Arab plt_Latn pol_Latn por_Latn "
    "prs_Arab quy_Latn ron_Latn run_Latn rus_Cyrl sag_Latn san_Deva sat_Olck scn_Latn shn_Mymr sin_Sinh slk_Latn "
    "slv_Latn smo_Latn sna_Latn snd_Arab som_Latn sot_Latn spa_Latn srd_Latn srp_Cyrl ssw_Latn sun_Latn swe_Latn "
    "swh_Latn szl_Latn tam_Taml taq_Latn taq_Tfng tat_Cyrl tel_Telu tgk_Cyrl tgl_Latn tha_Thai tir_Ethi tpi_Latn "
    "tsn_Latn tso_Latn tuk_Latn tum_Latn tur_Latn twi_Latn tzm_Tfng uig_Arab ukr_Cyrl umb_Latn urd_Arab uzn_Latn "
    "vec_Latn vie_Latn war_Latn wol_Latn xho_Latn ydd_Hebr yor_Latn yue_Hant zho_Hans zho_Hant zsm_Latn zul_Latn "
).split()
# ISO 639-2/B and 639-3, and ISO 639-1 and 639-3.
BIBLIOGRAPHIC = (  # noqa: SIM905
    "tib:bod cze:ces wel:cym ger:deu gre:ell baq:eus per:fas fre:fra arm:hye ice:isl geo:kat mac:mkd mao:mri "
    "may:msa bur:mya dut:nld rum:ron slo:slk alb:sqi chi:zho "
).split()
ISO_639_1 = (  # noqa: SIM905
    "aa:aar ab:abk af:afr ak:aka am:amh ar:ara an:arg as:asm av:ava ae:ave ay:aym az:aze ba:bak bm:bam be:bel "
    "bn:ben bi:bis bo:bod bs:bos br:bre bg:bul ca:cat cs:ces ch:cha ce:che cu:chu cv:chv kw:cor co:cos cr:cre "
    "cy:cym da:dan de:deu dv:div dz:dzo el:ell en:eng eo:epo et:est eu:eus ee:ewe fo:fao fa:fas fj:fij fi:fin "
    "fr:fra fy:fry ff:ful gd:gla ga:gle gl:glg gv:glv gn:grn gu:guj ht:hat ha:hau sh:hbs he:heb hz:her hi:hin "
    "ho:hmo hr:hrv hu:hun hy:hye ig:ibo io:ido ii:iii iu:iku ie:ile ia:ina id:ind ik:ipk is:isl it:ita jv:jav "
    "ja:jpn kl:kal kn:kan ks:kas ka:kat kr:kau kk:kaz km:khm ki:kik rw:kin ky:kir kv:kom kg:kon ko:kor kj:kua "
    "ku:kur lo:lao la:lat lv:lav li:lim ln:lin lt:lit lb:ltz lu:lub lg:lug mh:mah ml:mal mr:mar mk:mkd mg:mlg "
    "mt:mlt mn:mon mi:mri ms:msa my:mya na:nau nv:nav nr:nbl nd:nde ng:ndo ne:nep nl:nld nn:nno nb:nob no:nor "
    "ny:nya oc:oci oj:oji or:ori om:orm os:oss pa:pan pi:pli pl:pol pt:por ps:pus qu:que rm:roh ro:ron rn:run "
    "ru:rus sg:sag sa:san si:sin sk:slk sl:slv se:sme sm:smo sn:sna sd:snd so:som st:sot es:spa sq:sqi sc:srd "
    "sr:srp ss:ssw su:sun sw:swa sv:swe ty:tah ta:tam tt:tat te:tel tg:tgk tl:tgl th:tha ti:tir to:ton tn:tsn "
    "ts:tso tk:tuk tr:tur tw:twi ug:uig uk:ukr ur:urd uz:uzb ve:ven vi:vie vo:vol wa:wln wo:wol xh:xho yi:yid "
    "yo:yor za:zha zh:zho zu:zul "
).split()


@pytest.mark.parametrize(
    ("written", "code", "shown"),
    [
        ("gl", "glg_Latn", "gl"),
        ("glg", "glg_Latn", "gl"),
        ("glg_Latn", "glg_Latn", "gl"),
        ("zh_CN", "zho_Hans", "zh_Hans"),
        ("zh_cn", "zho_Hans", "zh_Hans"),
        ("zho_Hant", "zho_Hant", "zh_Hant"),
        ("zh_TW", "zho_Hant", "zh_Hant"),
        ("pt", "por_Latn", "pt"),
        ("pt_BR", "por_Latn_BR", "pt_BR"),
        ("ar", "arb_Arab", "ar"),
        ("arb", "arb_Arab", "ar"),
        ("lv", "lvs_Latn", "lv"),
        ("mn", "khk_Cyrl", "mn"),
        ("ko", "kor_Hang", "ko"),
        ("tl", "tgl_Latn", "tl"),
        ("nb", "nob_Latn", "nb"),
        ("swh", "swh_Latn", "swh"),
        ("sr_Cyrl", "srp_Cyrl", "sr_Cyrl"),
        ("kmb", "kmb_Latn", "kmb"),
        ("swc", "swc_Latn", "swc"),
        ("bul", "bul_Cyrl", "bg"),
        ("jpn", "jpn_Jpan", "ja"),
        ("mon", "khk_Cyrl", "mn"),
        ("ps", "pbt_Arab", "ps"),
        ("aka", "aka_Latn", "ak"),
        ("twi", "twi_Latn", "tw"),
        ("pt-BR", "por_Latn_BR", "pt_BR"),
        ("zh-Hant", "zho_Hant", "zh_Hant"),
        ("sr-Latn-ME", "srp_Latn_ME", "sr_Latn_ME"),
        ("es_419", "spa_Latn_419", "es_419"),
        ("az_Latn", "azj_Latn", "azj"),
        ("az_IR", "azb_Arab_IR", "azb_Arab_IR"),
        ("cmn_Hans", "zho_Hans", "zh_Hans"),
        ("zh_yue", "yue_Hant", "yue"),
        ("iw", "heb_Hebr", "he"),
        ("in", "ind_Latn", "id"),
        ("ji", "ydd_Hebr", "yi"),
        ("jw", "jav_Latn", "jv"),
        ("mo", "ron_Latn", "ro"),
        ("mol", "ron_Latn", "ro"),
        ("scr", "hrv_Latn", "hr"),
        ("scc_Cyrl", "srp_Cyrl", "sr_Cyrl"),
        ("sh", "srp_Latn", "sr_Latn"),
        ("hbs", "srp_Latn", "sr_Latn"),
        ("fil", "tgl_Latn", "tl"),
        ("prs", "prs_Arab", "prs"),
    ],
)
def test_every_spelling_has_one_canonical_and_one_short_code(written, code, shown):
    assert canonical(written) == code and short(code) == shown and canonical(shown) == code


@pytest.mark.parametrize("code", ["zh", "zho", "no", "nor", "no_NO", "sw", "ms", "sr", "chi", "may", "cmn", "bih"])
def test_an_ambiguous_code_is_refused_with_its_candidates(code):
    with pytest.raises(UserError, match=f"'{code}' is ambiguous: say .+ or ") as error:
        canonical(code)
    two = {"zho": "zh", "chi": "zh", "cmn": "zh", "nor": "no", "no_NO": "no", "may": "ms", "bih": "bh"}.get(code, code)
    assert all(candidate in str(error.value) and canonical(candidate) for candidate in AMBIGUOUS[two])


@pytest.mark.parametrize("code", ["xx", "klingon", "en-gl", "", "qaa", "../en", "en gl", "e", "12", "x-none"])
def test_what_is_no_language_is_refused(code):
    with pytest.raises(UserError, match="unknown language"):
        canonical(code)


def meaning(code):
    """The canonical code, or what the error says of any such code."""
    try:
        return canonical(code)
    except UserError as error:
        return re.sub("language '.*?'|say it, .*", "", str(error))


@pytest.mark.parametrize("code", FLORES)
def test_every_language_of_flores_200_keeps_its_code(code):
    assert canonical(code) == code and canonical(short(code)) == code


def test_the_languages_of_flores_200_have_different_short_codes():
    assert len(FLORES) == 204 == len(set(map(short, FLORES)))


@pytest.mark.parametrize("pair", BIBLIOGRAPHIC + ISO_639_1)
def test_two_codes_of_one_language_are_one(pair):
    one, alpha3 = pair.split(":")
    assert meaning(one) == meaning(alpha3) and meaning(f"{one}_Latn") == meaning(f"{alpha3}_Latn")
    assert "unknown" not in meaning(one)


def test_every_retired_code_that_has_one_successor_means_it():
    retired = {old: new for old, new in LANGUAGE_REPLACEMENTS.items() if old.isalpha() and new.isalpha()}
    for old, new in retired.items():
        if old not in ("root", "tgl", "tl"):  # tl and fil are one, and tl the code
            assert meaning(old) == meaning(new) and meaning(f"{old}_Latn") == meaning(f"{new}_Latn"), old


def test_a_member_that_cldr_takes_for_its_macro_language_has_its_code():
    candidates = {code.split("_")[0] for codes in AMBIGUOUS.values() for code in codes}
    for member, whole in NORMALIZED_MACROLANGUAGES.items():
        if member not in {*candidates, "tw", "bh"}:
            assert meaning(f"{member}_Latn") == meaning(f"{whole}_Latn"), member


def test_other_members_of_macro_languages_are_languages_of_their_own():
    seen = {}
    for member in MACROLANGUAGES:
        code = meaning(member if default_script(member) else f"{member}_Latn")
        if member not in NORMALIZED_MACROLANGUAGES and "_" in code and member not in LANGUAGE_REPLACEMENTS:
            assert seen.setdefault(code, member) == member, (code, member)


@pytest.mark.parametrize("code", [*NO_LANGUAGE.split()[:-1], "zxx"])
def test_groups_of_languages_are_refused(code):
    with pytest.raises(UserError, match=f"(unknown language '{code}'|'{code}' is a group of languages, or none)"):
        canonical(code)


@pytest.mark.parametrize("code", ["acm", "ajp", "cnr", "hmn"])
def test_a_script_that_is_not_known_is_not_guessed(code):
    assert code not in LIKELY_SUBTAGS
    with pytest.raises(UserError, match=f"language '{code}': its script is not known here; say it, as {code}_Latn"):
        canonical(code)
    assert short(canonical(f"{code}_Arab")) == f"{code}_Arab"


def test_no_script_is_guessed_for_any_code_of_three_letters():
    letters = "abcdefghijklmnopqrstuvwxyz"
    for code in (a + b + c for a in letters for b in letters for c in letters):
        found = meaning(code)
        if "_" in found and found[:3] == code:
            assert default_script(code), code


def test_the_first_of_an_ambiguous_code_is_the_most_usual():
    assert [first_of(code) for code in ("zh", "sr", "no", "az_Arab", "az_Cyrl", "gl")] == [
        "zho_Hans", "srp_Cyrl", "nob_Latn", "azb_Arab", "azj_Cyrl", "glg_Latn"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        *(("de", "de"), ("ger", "de"), ("deu", "de"), ("deu_Latn", "de"), ("pt-BR", "pt_BR"), ("zh_CN", "zh_Hans")),
        *(("iw", "he"), ("x1", "x1"), ("en", "en"), ("zh", "zh"), ("zh_TW", "zh_TW"), ("no such", "no such")),
    ],
)
def test_any_code_of_a_language_means_the_one_that_is_known(code, expected):
    assert meant(code, ["de", "pt_BR", "zh_Hans", "he", "x1"]) == expected
