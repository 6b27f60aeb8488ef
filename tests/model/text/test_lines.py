import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.text.invisible import INVISIBLE
from model.text.lines import normalised, read_lines, write_lines

ADDRESSES = ["https://x.org/?a=1&copy=2&para=3", "www.x.org/a?b&lt=3", "me@x.org?subject=&para;", "x.org/?a&copy;b"]
ENTITIES = [
    "&amp;",
    "&amp;lt;",
    "&amp;amp;",
    "&lt;",
    "&#173;",
    "&#x200b;",
    "&shy;",
    "&nbsp;",
    "&am",
    "amp;",
    "&#",
    "x26;",
    "38;",
    "&copy",
    ";",
]
WORDS = [
    "می\u200cخواهم",
    "ക്\u200d",
    "ශ්\u200dරී",
    "👩\u200d👧",
    "❤\ufe0f\u200d🔥",
    "🏴\U000e0067\U000e007f",
    "ᠠ\u180eᠠ",
    "葛\U000e0100",
    "né",
]
invisible = st.from_regex(f"[{INVISIBLE}]", fullmatch=True)
mark = st.characters(categories=["Mn", "Mc"])
piece = st.characters() | invisible | mark | st.sampled_from([*ADDRESSES, *ENTITIES, *WORDS, " ", "\t", "\x85", "&"])
# `make test-slow` takes ten thousand lines.
cases = settings(max_examples=10_000 if settings.default.max_examples > 25 else 200)


@cases
@given(st.lists(piece, max_size=12).map("".join))
def test_a_normal_form_is_its_own_normal_form(line):
    found = normalised(line)
    assert normalised(found) == found
    assert unicodedata.is_normalized("NFC", found)
    assert found == " ".join(found.split(" ")) == found.strip()
    assert not [c for c in found if c != " " and (c.isspace() or unicodedata.category(c) in ("Cc", "Cs"))]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a\n b\t c ", "a b c"),
        ("Caf\u0065\u0301", "Café"),
        ("1 &lt; 2 &amp; &#39;x&#39;", "1 < 2 & 'x'"),
        ("a\u2028b\x00c\u3000d\xa0e\x85f", "a b c d e f"),
        ("\ud800x", "x"),
        ("", ""),
    ],
)
def test_normal_form(line, expected):
    assert normalised(line) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("See http://x.org/a?lang=en&region=es&copy=2&section=3 for more.", None),
        ("www.x.org/?a=1&times;2 and &times;", "www.x.org/?a=1&times;2 and ×"),
        ("x.org/?a=1&copy;2 &copy;2", "x.org/?a=1&copy;2 ©2"),
        ("mailto:me@x.org?cc=a&para;b", None),
        ("看https://x.org/?a=1&copy;2，&copy;", "看https://x.org/?a=1&copy;2，©"),
        ("https://x.org/?a=1&amp;copy=2&amp;amp;b", "https://x.org/?a=1&copy=2&b"),
        ("&lt;a href=&quot;http://x.org/?a&amp;b&quot;&gt;&eacute;", '<a href="http://x.org/?a&b">é'),
        ("http://x.org&nbsp;caf&eacute;", "http://x.org café"),
        ("&ldquo;http://x.org/a&rdquo; &laquo;www.x.org/&raquo;", "“http://x.org/a” «www.x.org/»"),
        ("http://x.org/&hellip; &lsquo;a@x.org&rsquo;&mdash;b", "http://x.org/… ‘a@x.org’—b"),
        ("www.x.org/caf&#233;&#8212;x.org/?a&#8230;", "www.x.org/café—x.org/?a…"),
        ("R&D, AT&T; &notit; &unknown; & co; &#xyz; &copy 2", None),
        ("&amp;amp;lt; &amp;nbsp;|&am\u00adp;", "< |&"),  # escaped twice, and an entity with a soft hyphen in it
        ("a&#0;b&#xD800;c&#x110000;&#x7;d&#150;e&#xFFFE;", "a\ufffdb\ufffdc\ufffdd–e"),
        ("&" + "#" + "1" * 5000 + ";", None),
    ],
)
def test_entities_are_decoded_whole_and_in_addresses_only_the_ampersand(line, expected):
    assert normalised(line) == (line if expected is None else expected)


DROPPED = (
    "\u00ad\u200b\u2060\ufeff\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2061\u2063\u206a"
)
DROPPED += (
    "\ufff9\ufffa\ufffb\ufdd0\uffff\U0010fffe\U000e0001\U000e0041\u17b5\u3164\uffa0\u180b\u180e\ufe0f\u200c\u200d"
)


def test_an_ampersand_that_was_escaped_a_hundred_thousand_times_is_read_at_once():
    line = "a &" + "amp;" * 100_000 + "lt;b x.org/?a&" + "amp;#38;" * 50_000 + "copy;"
    assert normalised(line) == "a <b x.org/?a&copy;"


@pytest.mark.parametrize("character", DROPPED, ids=ascii)
def test_a_character_that_means_nothing_between_letters_leaves_no_space(character):
    assert normalised(f"co{character}op{character} {character}x") == "coop x"


@pytest.mark.parametrize(
    "line",
    [
        "می\u200cخواهم", "قایق\u200cها را", "DVD\u200cها", "۲۰\u200cساله", "ન્\u200cત", "क्\u200dष र\u200d्य",
        "অবন্\u200d", "അവന്\u200d x", "ශ්\u200dරී ලංකා", "រ\u200c៉", "ⴰ\u200dⴱ",
        "👩\u200d👩\u200d👧", "❤\ufe0f\u200d🔥", "👩🏽\u200d⚕\ufe0f", "#\ufe0f⃣ 1\ufe0f⃣", "©\ufe0f",
        "🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f!", "ᠠ\u180b ᠬᠠ\u180eᠠ", "葛\U000e0100",
        "不\ufe00", "က\ufe00", "\u115f\u1161", "ạ\u0301\u034f\u0323", "\u0600١ ۝", "\ue000\U000f0000", "\u0378",
        "ﬁ ２ Ⅳ ²",
    ],
)  # fmt: skip
def test_what_means_something_where_it_stands_is_kept(line):
    assert normalised(line) == line


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("می\u200c خواهم \u200cها", "می خواهم ها"),  # at the edges of words
        ("می\u200c\u200cخواهم", "می\u200cخواهم"),  # twice
        ("می\u200b\u200c\u200bخواهم", "می\u200cخواهم"),
        ("क्\u200c ", "क्"),
        ("Auf\u200clage ไ\u200cท ж\u200dж א\u200dב", "Auflage ไท жж אב"),  # in scripts that do not use them
        ("e\u200d\u0301", "é"),
        ("👩\u200d 👩", "👩 👩"),
        ("❤\ufe0f\ufe0f", "❤\ufe0f"),
        ("a\U000e0067\U000e007f 🏴\U000e0067", "a 🏴"),  # tags without a flag, and without an end
    ],
)
def test_what_means_nothing_where_it_stands_is_dropped(line, expected):
    assert normalised(line) == expected


def test_every_code_point_is_decided():
    """Alone between two Latin letters, each code point stays, leaves a space, or leaves nothing; by its category."""
    left: dict[str, set[str]] = {}
    for number in range(0x110000):
        character = chr(number)
        kind = unicodedata.category(character)
        if kind[0] in "CZ":
            left.setdefault(
                normalised(f"a{character}b").replace(character, "it" if character != " " else " "), set()
            ).add(kind)
    assert left["aitb"] == {"Cf", "Cn", "Co"}
    assert left["a b"] == {"Cc", "Cs", "Zs", "Zl", "Zp"} and left["ab"] == {"Cf", "Cn"}
    assert left.keys() == {"aitb", "a b", "ab"}


def test_lines_round_trip(tmp_path):
    lines = ["a\u2028b", "", "c\rd"]
    write_lines(tmp_path / "x.txt", lines)
    assert read_lines(tmp_path / "x.txt") == lines
    assert [path.name for path in tmp_path.iterdir()] == ["x.txt"]


def test_a_file_with_no_line_has_no_lines(tmp_path):
    write_lines(tmp_path / "x.txt", [])
    assert read_lines(tmp_path / "x.txt") == []
