"""Units of translation memories: which variant is taken, and what cannot be read."""

import io
from itertools import permutations
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.command import UserError
from tests.workflow_scripts.formats.reading import TMX, UNITS, any_bytes, read, rows_of
from workflow_scripts.drops import Drops
from workflow_scripts.formats import tmx_files, tmx_units
from workflow_scripts.formats.tmx_files import tmx

BOTH = ["eng_Latn", "glg_Latn"]


def memory(*units, head='<?xml version="1.0"?>'):
    return f"{head}\n<tmx version='1.4'><body>\n{chr(10).join(units)}\n</body></tmx>".encode()


def unit(**texts):
    """A unit of code=text; `_` in a code stands for a hyphen."""
    variants = [f'<tuv xml:lang="{code.replace("_", "-")}"><seg>{text}</seg></tuv>' for code, text in texts.items()]
    return f"<tu>{''.join(variants)}</tu>"


def test_a_memory_gives_the_units_that_have_all_languages():
    rows, counts = read(tmx, TMX, BOTH, {})
    assert rows == [("One red cat.", "Un gato & vermello"), ("plain", "")]
    assert counts == {"missing_language": 1}


def test_a_memory_gives_one_language_too():
    assert [row[0] for row in read(tmx, TMX, ["eng_Latn"], {})[0]] == ["One red cat.", "Alone", "plain"]


# Codes


@pytest.mark.parametrize(
    ("asked", "codes", "taken"),
    [
        ("zho_Hans", ["zh-TW", "zh-CN"], "zh-CN"),
        ("zho_Hant", ["zh-TW", "zh-CN"], "zh-TW"),
        ("zho_Hans", ["zh-HK", "zh"], "zh"),
        ("zho_Hans", ["zh", "zh-Hans"], "zh-Hans"),
        ("zho_Hans", ["zh-HK"], None),
        ("zho_Hant", ["zh", "zh-CN"], None),
        ("zho_Hant", ["zh-HK"], "zh-HK"),
        ("zho_Hans", ["zho-Hant", "cmn-Hans-CN"], "cmn-Hans-CN"),
        ("yue_Hant", ["zh-HK", "yue"], "yue"),
        ("srp_Cyrl", ["sr-Latn", "sr-Cyrl"], "sr-Cyrl"),
        ("srp_Latn", ["sr", "sr-Latn-RS"], "sr-Latn-RS"),
        ("srp_Latn", ["sr"], None),
        ("srp_Latn", ["sh"], "sh"),
        ("srp_Cyrl", ["sr-Latn", "sr"], "sr"),
        ("uzn_Cyrl", ["uz", "uz-Cyrl"], "uz-Cyrl"),
        ("por_Latn", ["pt-BR", "pt"], "pt"),
        ("por_Latn", ["pt-BR"], "pt-BR"),
        ("por_Latn_BR", ["pt", "pt-BR"], "pt-BR"),
        ("por_Latn_BR", ["pt", "pt-PT"], None),
        ("eng_Latn", ["en-US", "en"], "en"),
        ("eng_Latn", ["EN-us"], "EN-us"),
        ("eng_Latn", ["eng"], "eng"),
        ("glg_Latn", ["glg"], "glg"),
        ("deu_Latn", ["ger"], "ger"),
        ("nob_Latn", ["no"], "no"),
        ("nob_Latn", ["no", "nb-NO"], "nb-NO"),
        ("nno_Latn", ["no", "nn"], "nn"),
        ("nno_Latn", ["no"], None),
        ("heb_Hebr", ["iw"], "iw"),
        ("ind_Latn", ["in-ID"], "in-ID"),
        ("ydd_Hebr", ["ji"], "ji"),
        ("pbt_Arab", ["ps-AF"], "ps-AF"),
        ("azj_Latn", ["az-AZ"], "az-AZ"),
        ("arb_Arab", ["ar-EG"], "ar-EG"),
        ("fra_Latn", ["en", "", "x-none", "fr-CA"], "fr-CA"),
    ],
)
def test_the_variant_whose_canonical_code_is_asked_for_is_taken(asked, codes, taken):
    for order in permutations(codes):
        text = unit(xx="x", **{code.replace("-", "_"): code for code in order}).replace("<tu>", "<tu tuid='1'>")
        if taken:
            assert read(tmx, memory(text), [asked], {})[0] == [(taken,)]
        else:
            with pytest.raises(UserError, match="no unit has"):
                read(tmx, memory(text), [asked], {})


def test_one_variant_is_not_taken_for_two_languages():
    text = memory(unit(pt_BR="brasileiro"), unit(pt="europeu", pt_BR="brasileiro"))
    rows, counts = read(tmx, text, ["por_Latn", "por_Latn_BR"], {})
    assert rows == [("europeu", "brasileiro")] and counts == {"missing_language": 1}


def test_the_native_code_that_a_study_names_comes_first():
    text = memory(unit(en="one", zh="繁體", zh_CN="简体"))
    assert read(tmx, text, ["eng_Latn", "zho_Hant"], {"zh_Hant": "zh"})[0] == [("one", "繁體")]
    assert read(tmx, text, ["eng_Latn", "zho_Hans"], {"zh_Hans": "zh_cn"})[0] == [("one", "简体")]


def test_a_memory_in_other_languages_is_refused_with_its_codes():
    text = memory(unit(en="one", fr="un"), unit(en="two", galego="dous"))
    with pytest.raises(UserError, match="corpus: no unit has en and gl; its codes are en, fr, galego; .*key native"):
        read(tmx, text, BOTH, {})
    assert read(tmx, text, BOTH, {"gl": "galego"}) == ([("two", "dous")], {"missing_language": 1})


# What cannot be read


@pytest.mark.parametrize(
    "bad", ["\x0c", "\x1f", "\x00", "\x08", "\ufffe", "&#x1F;", "&#31;", "&#0;", "&#xD800;", "&#x110000;", "&#xFFFF;"]
)
def test_characters_that_xml_forbids_are_counted(bad, capsys):
    rows, counts = read(tmx, memory(unit(en=f"a{bad}b", gl="c"), unit(en="d", gl="e")), BOTH, {})
    assert rows == [("a b", "c"), ("d", "e")] and not counts
    assert capsys.readouterr().err == "warning: corpus: 1 characters that XML forbids were read as spaces\n"


@pytest.mark.parametrize(
    "broken",
    [
        '<tu><tuv xml:lang="en"><seg>a < b</seg></tuv><tuv xml:lang="gl"><seg>c</seg></tuv></tu>',
        '<tu><tuv xml:lang="en"><seg>a</tuv></tu>',
        '<tu><tuv xml:lang="en><seg>a</seg></tuv></tu>',
        '<tu><tuv xml:lang="en"><seg>never closed</seg></tuv>',
        "<tu><x:y/></tu>",
    ],
)
def test_a_unit_that_is_no_xml_is_dropped_and_counted(broken):
    good = unit(en="one", gl="un")
    assert read(tmx, memory(good, broken, good), BOTH, {}) == ([("one", "un")] * 2, {"not_xml": 1})


def test_bytes_in_another_encoding_drop_their_unit():
    text = memory(unit(en="one", gl="un")).replace(b"</tu>", b"</tu>" + unit(en="caf\xe9", gl="x").encode("latin-1"))
    assert read(tmx, text, BOTH, {}) == ([("one", "un")], {"not_utf8": 1})


def test_ampersands_and_entities_stay_as_they_are_written():
    text = memory(unit(en="AT&T &nbsp; &amp;lt; &#233; <![CDATA[R&D]]>", gl="x"))
    assert read(tmx, text, BOTH, {})[0] == [("AT&T &nbsp; &lt; é R&D", "x")]


def test_units_in_comments_are_none():
    text = memory(unit(en="one", gl="un"), f"<!-- {unit(en='two', gl='dous')} -->", unit(en="3", gl="<!-- x -->tres"))
    for chunk in (1, 7, 1 << 20):
        with mock.patch.object(tmx_units, "CHUNK", chunk):
            assert read(tmx, text, BOTH, {}) == ([("one", "un"), ("3", "tres")], {})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "iso-8859-1"])
def test_a_memory_may_be_in_any_encoding(encoding):
    declared = "utf-16" if encoding.startswith("utf-16") else encoding.removesuffix("-sig")
    text = memory(unit(en="café", gl="é"), head=f'<?xml version="1.0" encoding="{declared}"?>').decode()
    for chunk in (4, 1 << 20):
        with mock.patch.object(tmx_units, "CHUNK", max(chunk, 1 << 10)):
            assert read(tmx, text.encode(encoding), BOTH, {})[0] == [("café", "é")]


@pytest.mark.parametrize("name", ["no-such", "rot13", "base64"])
def test_an_encoding_that_is_none_is_named(name):
    with pytest.raises(UserError, match=f"corpus: its encoding '{name}' is not known"):
        read(tmx, memory(head=f'<?xml version="1.0" encoding="{name}"?>'), BOTH, {})


def test_a_memory_with_a_prefix_is_read():
    text = (
        b'<t:tmx xmlns:t="http://x"><t:body><t:tu><t:tuv xml:lang="en"><t:seg>a</t:seg></t:tuv></t:tu></t:body></t:tmx>'
    )
    assert read(tmx, text, ["eng_Latn"], {})[0] == [("a",)]


def test_a_memory_that_breaks_off_gives_its_units_and_the_line():
    batches = tmx(io.BytesIO(TMX[: TMX.index(b"plain")]), "corpus", BOTH, {}, Drops())
    with mock.patch.object(tmx_files, "ROWS", 1):
        assert rows_of([next(batches)]) == [("One red cat.", "Un gato & vermello")]
        with pytest.raises(UserError, match="^corpus: line 5: no XML that can be read .*fetch it again$"):
            next(batches)


def test_no_entity_is_resolved_and_no_file_is_read(tmp_path):
    (tmp_path / "secret").write_text("secret")
    laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    head = f'<!DOCTYPE tmx [<!ENTITY l0 "ha">{laughs}<!ENTITY file SYSTEM "file://{tmp_path}/secret">]>'
    assert read(tmx, memory(unit(en="a&file;b &l9;"), head=head), ["eng_Latn"], {})[0] == [("a&file;b &l9;",)]


def test_what_is_no_memory_is_named():
    with pytest.raises(UserError, match="corpus: the file is no TMX but html"):
        read(tmx, b"<!DOCTYPE html><html><body><p>moved</p></body></html>", BOTH, {})
    with pytest.raises(UserError, match="corpus: the file is compressed as zst"):
        read(tmx, b"\x28\xb5\x2f\xfd\0\0", BOTH, {})


@given(
    st.binary(max_size=40)
    | st.tuples(st.integers(0, len(TMX)), any_bytes, st.integers(0, 40)).map(
        lambda cut: TMX[: cut[0]] + cut[1] + TMX[cut[0] + cut[2] :]
    )
)
def test_memories_of_any_bytes_raise_nothing_but_a_message(data):
    try:
        rows, _ = read(tmx, data, BOTH, {})
    except UserError as error:
        assert "\n" not in str(error)
    else:
        assert len(rows) <= 4


def test_a_memory_is_not_held_whole():
    class Endless(io.RawIOBase):
        """More and more units."""

        reads = 0

        def read(self, size=-1):
            self.reads += 1
            return ("<tmx>" if self.reads == 1 else "").encode() + "\n".join(UNITS * 30).encode()

    memory = Endless()
    for units, _ in enumerate(tmx_units.texts_of_units(memory, "corpus"), 1):
        assert memory.reads <= units // 90 + 1
        if units == 9000:
            break
