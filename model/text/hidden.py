"""Characters that our own marks are written with, where a text has them too.

Inside the program, a noncharacter of Unicode stands for such a character. Noncharacters are reserved for this: no text
that is passed on has them. If one has, they become U+FFFD.
"""

LOST = "\ufffd"


class Hidden:
    """Stand-ins for some characters. first: the first noncharacter to use."""

    def __init__(self, characters: str, first: str = "\ufdd0"):
        self.pairs = [(character, chr(ord(first) + n)) for n, character in enumerate(characters)]

    def hide(self, text: str) -> str:
        """The text with stand-ins."""
        for character, stand_in in self.pairs:
            text = text.replace(stand_in, LOST).replace(character, stand_in)
        return text

    def show(self, text: str) -> str:
        """The text with the characters themselves."""
        for character, stand_in in self.pairs:
            text = text.replace(stand_in, character)
        return text
