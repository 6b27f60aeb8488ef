"""Made-up sentences in the letters, digits and signs of a script, with what real text has beside words."""

import random
from functools import cache

import regex

SCRIPTS = {"Hans": "Han", "Hant": "Han", "Jpan": "Hiragana", "Mymr": "Myanmar", "Deva": "Devanagari"}  # for Unicode
UNSPACED = ("Hans", "Hant", "Jpan", "Khmr", "Laoo", "Mymr", "Thai", "Tibt")
STOPS = {
    "Arab": "۔،؟؛", "Armn": "։՝՞՛", "Beng": "।॥", "Deva": "।॥", "Ethi": "።፣፤፡", "Geor": "჻", "Grek": "·;",
    "Gujr": "।", "Guru": "।", "Hans": "。，、？", "Hant": "。，、？", "Hebr": "״׳־", "Jpan": "。、「」・",
    "Khmr": "។៕៖", "Laoo": "ໆຯ", "Mymr": "၊။", "Olck": "᱾᱿", "Orya": "।", "Sinh": "෴", "Telu": "।", "Thai": "ฯๆ๏",
    "Tibt": "་།༎",
}  # fmt: skip
_SIGNS = (
    "{}|{}|{}|{}, {}|{}; {}|{}: {}|{}. {}|{}?!|{}…|{}...|({})|[{}]|“{}”|‘{}’|„{}“|«{}»|"
    "‹{}›|\"{}\"|'{}'|「{}」|{}’{}|{}'{}|{}ʼ{}|{}·{}|{}-{}|{}–{}|{} — {}|{}/{}|{}_{}|{}\u200c{}|"
    "{}\u200d{}|{}\u0301|#{}|@{}|{}@x.org|https://x.org/{}?b=c&d=e#f|*{}*|<b>{}</b>|&{};|%s {}|"
    "{{{}}}|{}@@ {}|@@{}|@@|{} @-@ {}|{}￭{}|￭|▁{} ▁ {}|▁▂▃▄▅|12:30|1,234.5 {}|{}2.0|50%|"
    "-5°C|5 €|€5|x² ± ½|{}👨\u200d👩\u200d👧|🇩🇪🇫🇷 {}|❤️{}|👍🏽👍🏽|1️⃣|Ubuntu {} LTS|{} KDE, ok {}|<unk> {}|"
    "</s>"
)
SIGNS = _SIGNS.split("|")


@cache
def alphabet(script: str) -> str:
    """The characters of a script: letters, combining marks and digits."""
    name = SCRIPTS.get(script, script)
    pattern = rf"(?V1)[\p{{Script={name}}}&&[\p{{L}}\p{{M}}\p{{Nd}}]]"
    return "".join(regex.findall(pattern, "".join(map(chr, range(0x2FFF0)))))


def sentences(script: str, count: int) -> list[str]:
    """So many sentences, the same each time."""
    draw = random.Random(script)
    letters = regex.findall(r"\p{L}\p{M}?|\p{Nd}", alphabet(script)) or ["a"]
    marks = regex.findall(r"\p{M}", alphabet(script)) or [""]
    between = ["", "", " "] if script in UNSPACED else [" "]

    def word() -> str:
        return "".join(
            draw.choice(letters) + draw.choice(["", "", draw.choice(marks)]) for _ in range(draw.randint(1, 5))
        )

    def part() -> str:
        sign = draw.choice(SIGNS)
        return sign.format(*(word() for _ in range(2))) + draw.choice(["", "", draw.choice(STOPS.get(script, ".,"))])

    def line() -> str:
        parts = [part() for _ in range(draw.randint(4, 12))]
        return parts[0] + "".join(draw.choice(between) + p for p in parts[1:])

    return [line() for _ in range(count)]
