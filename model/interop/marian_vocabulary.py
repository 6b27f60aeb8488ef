"""Read the vocabulary of a model of OPUS-MT: its rows by name, in our order.

A model for several targets has a token for each, `>>glg<<`, which a source begins with. A model for one has none, and
nothing in its folder but the names in tokenizer_config.json says which languages it knows.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from model.command import UserError
from model.interop.huggingface import read_json, read_rows
from model.interop.huggingface_vocabulary import PIECES, TOKENIZER_CONFIG
from model.text.languages import check_language, first_of, short
from model.text.vocabulary import CONTROL_COUNT, SPECIALS, Vocabulary, is_control_spelling, language_token

SOURCE_SPM, TARGET_SPM = "source.spm", "target.spm"
TOKEN = re.compile(r">>(\w+)<<")


def languages_of(folder: Path, side: str, named: Sequence[str]) -> list[str]:
    """The languages of a side, `source` or `target`: those that are named, or the one of tokenizer_config.json.

    Raises UserError if that is none, for instance because it is a group.
    """
    if named:
        return [check_language(code) for code in named]
    path, key = folder / TOKENIZER_CONFIG, f"{side}_lang"
    code = read_json(path).get(key) if path.exists() else None
    try:
        return [short(first_of(str(code)))]
    except UserError:
        raise UserError(f"{path}: {key}: {code} is no language; name the languages with --{side}") from None


def marian_vocabulary(
    folder: Path, source: Sequence[str], target: Sequence[str]
) -> tuple[Vocabulary, list[int], list[str], list[str], str]:
    """The vocabulary, for each of its rows the row there or -1, the languages of both sides, and `language_tokens`.

    source, target: the languages that the user names. Raises UserError if a file is missing or damaged, if a language
    is not said, and if a target that is named has no token.
    """
    known = read_rows(folder / PIECES)
    tokens = _tokens(folder, known, target)
    if not tokens and any(map(TOKEN.fullmatch, known)):
        raise UserError(f"{folder / PIECES}: its tokens of targets are no languages; it cannot be imported")
    sources = languages_of(folder, "source", source)
    targets = [check_language(code) for code in target] or list(tokens) or languages_of(folder, "target", target)
    if tokens and (missing := [code for code in targets if code not in tokens]):
        raise UserError(f"{folder / PIECES}: has no token of {missing[0]}, but of {', '.join(tokens)}")
    languages = list(dict.fromkeys([*targets, *sources]))
    text = [piece for piece in known if not TOKEN.fullmatch(piece) and not is_control_spelling(piece)]
    names = [*SPECIALS, *map(language_token, languages), *text]
    rows = [known.get(token, -1) for token in SPECIALS] + [tokens.get(code, -1) for code in languages]
    counts = [CONTROL_COUNT] * len(rows) + [0] * len(text)
    vocabulary = Vocabulary(names, counts)
    return vocabulary, rows + [known[piece] for piece in text], sources, targets, "front" if tokens else "none"


def _tokens(folder: Path, known: Mapping[str, int], named: Sequence[str]) -> dict[str, int]:
    """The rows of the tokens of targets, by our codes. Tells of tokens that are no language.

    named: the targets that the user names. `mwl_Latn` means the token of a language `mwl` whose script is not known.
    """
    found, left = dict[str, int](), dict[str, int]()
    for code, row in ((token[1], row) for piece, row in known.items() if (token := TOKEN.fullmatch(piece))):
        try:
            language = short(first_of(code))
        except UserError:
            left[code] = row
            continue
        if language not in found or "_" in code:  # of `cmn` and `cmn_Hans`, the one that says the script
            found[language] = row
    for code in named:
        if (plain := code.partition("_")[0]) in left:
            found[code] = left.pop(plain)
    if left:
        print(f"{folder / PIECES}: left out, as no languages or of unknown script: {', '.join(left)}")
    return found
