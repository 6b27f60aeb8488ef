"""Spellings of one text that only habits of encoding tell apart: keyboards, fonts, old code pages, optional points.

Keys of segments (matching.py) hold one spelling of each. What people spell in two ways on purpose is not here: ё and е,
letters of Arabic with and without their hamza, the homophones of Amharic, simplified and traditional Chinese.
"""

import re
from itertools import product
from unicodedata import normalize


def _all(first: int, last: int) -> str:
    return "".join(map(chr, range(first, last + 1)))


_TONES = "\u0300\u0301\u0303\u0309\u0323"  # of Vietnamese
# Vowel letters of India, each before another letter with a vowel sign that looks the same (The Unicode Standard,
# chapters 12 and 13).
_VOWEL_LETTERS = """
आअा ऑअॉ ओअो औअौ ऍएॅ ऎएॆ ऐएे ऒअॊ ॲअॅ ऊउु
আঅা ৠঋৃ ৡঌৢ
ਆਅਾ ਇੲਿ ਈੲੀ ਉੳੁ ਊੳੂ ਏੲੇ ਐਅੈ ਓੳੋ ਔਅੌ
આઅા ઍઅૅ એઅે ઐઅૈ ઑઅૉ ઓઅો ઔઅૌ
ଆଅା ଐଏୗ ଔଓୗ
ஆஅூ
ఓఒౕ ఔఒౌ
ಊಉಾ ಔಒೌ ೠಋಾ
ഈഇൗ ഊഉൗ ഐഎെ ഓഒാ ഔഒൗ
ආඅා ඇඅැ ඈඅෑ ඌඋෟ ඎඍෘ ඐඏෟ ඒඑ් ඓඑෙ ඕඔ් ඖඔෟ
"""
# (letters in lower case and marks, what each of them counts as). The right sides are no variants themselves.
SPELLINGS: tuple[tuple[str, str], ...] = (
    # Apostrophes that are letters, as in Ukrainian, Uzbek, Hawaiian, N'Ko. All others are punctuation, which keys lack.
    (_all(0x02B9, 0x02BF) + "\u02c8\u02ca\u02cb\u02ee\ua78c\u07f4\u07f5", ""),
    # Optional: the points of Arabic, Hebrew and Syriac, and the tatweel; fillers, joiners and variation selectors.
    (_all(0x0610, 0x061A) + _all(0x064B, 0x0652) + _all(0x0656, 0x065F) + "\u0640\u0670", ""),
    (_all(0x06D6, 0x06DC) + _all(0x06DF, 0x06E4) + "\u06e7\u06e8" + _all(0x06EA, 0x06ED), ""),
    (_all(0x0591, 0x05BD) + "\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7" + _all(0x0730, 0x074A), ""),
    ("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f" + _all(0xFE00, 0xFE0F), ""),
    # Latin: Romanian ș and ț with a cedilla, ă with a caron; dots below of Yoruba as lines; the dotless i of Turkish.
    ("\u0326", "\u0327"),
    ("ǎ", "ă"),
    ("ǧ", "ğ"),
    ("\u0329", "\u0323"),
    ("ı", "i"),
    # Letters of Latin, Cyrillic and Greek for each other: Azerbaijani ə, Kabyle ɛ and ɣ, Ewe ʋ, Ossetian æ, Ukrainian
    # і, the palochka of the Caucasus; Vietnamese and Croatian đ as the Icelandic or African letter.
    ("әǝ", "ə"),
    ("ɛ", "ε"),
    ("ɣ", "γ"),
    ("ʋ", "υ"),
    ("ӕ", "æ"),
    ("\u04cfі", "i"),
    ("ðɖ", "đ"),
    # Arabic: yeh, kaf, heh (Persian, Urdu, Sorani, Uyghur), teh marbuta, alef wasla, gaf (Pashto, Malay).
    ("\u064a\u0649", "\u06cc"),
    ("\u0643", "\u06a9"),
    ("\u06c1\u06be\u06d5", "\u0647"),
    ("\u06c3", "\u0629"),
    ("\u0671", "\u0627"),
    ("\u06ab", "\u06af"),
    ("\u06ac", "\u0762"),
    # Yiddish digraphs.
    ("\u05f0", "\u05d5\u05d5"),
    ("\u05f1", "\u05d5\u05d9"),
    ("\u05f2", "\u05d9\u05d9"),
    *((word[0], word[1:]) for word in _VOWEL_LETTERS.split()),
    # Consonants without a vowel: Bengali khanda ta, the chillus of Malayalam; its vowel sign au.
    ("ৎ", "ত\u09cd"),
    *((chillu, f"{letter}\u0d4d") for chillu, letter in zip("ൺൻർൽൾൿ", "ണനരലളക", strict=True)),
    ("\u0d4c", "\u0d57"),
    # South-East Asia: vowels typed in two parts, deprecated letters of Khmer, letters of Burmese; the syllable om.
    ("\u0e41", "\u0e40\u0e40"),
    ("\u0ec1", "\u0ec0\u0ec0"),
    ("\u17be", "\u17c1\u17b8"),
    ("\u17c4", "\u17c1\u17b6"),
    ("\u17a3", "\u17a2"),
    ("\u17a4", "\u17a2\u17b6"),
    ("\u17a8", "\u17a7\u1780"),
    ("\u17b2", "\u17b1"),
    ("\u1029", "\u101e\u103c"),
    ("\u102a", "\u101e\u103c\u1031\u102c\u103a"),
    ("\u0f00", "\u0f68\u0f7c\u0f7e"),
)
# Spellings of several characters: Vietnamese tone marks on the other vowel (hòa, hoà), and the marks of Thai and Lao,
# whose order Unicode leaves as it is typed.
SEQUENCES: dict[str, str] = {
    **{
        normalize("NFC", first + tone + second): normalize("NFC", first + second + tone)
        for (first, second), tone in product((("o", "a"), ("o", "e"), ("u", "y")), _TONES)
    },
    **{f"\u0e4d{tone}": f"{tone}\u0e4d" for tone in _all(0x0E48, 0x0E4B)},
    **{f"\u0ecd{tone}": f"{tone}\u0ecd" for tone in _all(0x0EC8, 0x0ECB)},
}
ANY_SEQUENCE = re.compile("|".join(SEQUENCES))
# Accents that stand alone, such as ´ for an apostrophe. NFKC would make marks of them.
ALONE = re.compile("[" + "".join(c for c in map(chr, range(0x10000)) if normalize("NFKC", c)[:1] == " " != c) + "]")
