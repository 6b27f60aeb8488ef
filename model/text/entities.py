"""Decode the entities of HTML and XML in a line.

Only whole entities count: `&name;`, `&#n;` and `&#xh;`. A name without its semicolon is text, such as the parameters
of `?lang=en&region=US&copy=2`. In addresses of the web and of mail only `&amp;` is decoded, because the names of others
may be parameters. An entity with a number ends an address, and so does one for a space, a quotation mark, a dash, an
ellipsis or an angle bracket.
"""

import re
from html import unescape
from html.entities import html5

_NUMBER = r"#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}"
_WHOLE = rf"&(?:{_NUMBER}|[a-zA-Z][a-zA-Z0-9]{{1,31}});"
_AMP = "(?:amp|AMP|#0*38|#[xX]0*26);"
_AND = f"&{_AMP}"
_AROUND = "\"'<>\xa0«»‘’‚‛“”„‟‹›–—…"  # what may follow an address without a space
_NAMES = "|".join(name[:-1] for name, meaning in html5.items() if name.endswith(";") and meaning in _AROUND)
_END = rf"(?!{_AND})&(?:{_NUMBER}|{_NAMES});"
_HOST = r"(?:[a-zA-Z0-9-]{1,63}\.){1,8}[a-zA-Z]{2,}[/?]"
_START = rf"(?<![a-zA-Z0-9])(?:[a-zA-Z][a-zA-Z0-9+.-]{{0,20}}://|www\.|mailto:|[a-zA-Z0-9._%+-]{{1,64}}@|{_HOST})"
_ADDRESS = rf"{_START}(?:(?!{_END})[!#-;=?-~])*"
_DECODED = re.compile(rf"(?P<address>{_ADDRESS})|{_WHOLE}")
_ENTITY, _AMPERSAND, _ESCAPED_OFTEN = re.compile(_WHOLE), re.compile(_AND), re.compile(f"&{_AMP}(?:{_AMP})+")


def decoded(line: str) -> str:
    """A line with its entities decoded once: `&amp;lt;` gives `&lt;`. An `&` is decoded as often as it was escaped."""
    if "&" not in line or not _ENTITY.search(line):
        return line
    return _DECODED.sub(_meaning, _ESCAPED_OFTEN.sub("&amp;", line))


def _meaning(match: re.Match[str]) -> str:
    entity = match[0]
    if match["address"]:
        return _AMPERSAND.sub("&", entity)
    if entity[1] == "#":
        return unescape(entity)  # U+FFFD or nothing for what is no character
    return html5.get(entity[1:], entity)
