"""A translation takes over the capitals of the word that it replaces."""

DOTTED = {"tr", "az", "azj", "crh", "kk_Latn", "tt_Latn"}  # languages in which the capital of i has a dot


def spelled_like(word: str, translation: str, language: str) -> str:
    """A translation in capitals for a word in capitals; with a capital for a word with one; else unchanged."""
    if word.isupper() and sum(map(str.isupper, word)) > 1:
        return "".join(_capital(letter, language) for letter in translation)
    if word[:1].isupper():
        return _capital(translation[0], language, first=True) + translation[1:]
    return translation


def _capital(letter: str, language: str, first: bool = False) -> str:
    if letter == "i" and language in DOTTED:
        return "İ"
    title = letter.title()
    # Letters without a title form, Georgian's, have capitals in Unicode that running text does not use.
    return title if first or title == letter else letter.upper()
