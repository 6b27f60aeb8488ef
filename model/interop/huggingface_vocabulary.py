"""Read the vocabulary of a model folder of Hugging Face: its rows by name, in our order.

Ours begins with special tokens and the tokens of languages. Their `<s>`, which nothing uses, becomes `<bt>`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import sentencepiece

from model.command import UserError
from model.config.model import CONFIG
from model.interop.huggingface import read_json, read_rows
from model.records import unknown
from model.text.languages import first_of, short
from model.text.vocabulary import CONTROL_COUNT, PAD, SPECIALS, Vocabulary, is_control_spelling, language_token

SPM = "sentencepiece.bpe.model"
TOKENIZER_CONFIG, SPECIAL, ADDED, TOKENIZER, PIECES = (
    "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "tokenizer.json", "vocab.json"
)  # fmt: skip
# Tokenizers of models whose sources begin with their language; the last two say nothing of the model. Others put
# tokens elsewhere: those of mBART-25 and SMaLL-100, for instance.
KNOWN = ("NllbTokenizer", "M2M100Tokenizer", "MBart50Tokenizer", "PreTrainedTokenizer", "TokenizersBackend")
FIXED = (4, 28)  # the version of transformers since which sources of NLLB begin with their language (its PR 22313)
# Names of our special tokens there.
THEIRS = {"<bt>": "<s>"}
CODES = {"ns": "nso"}  # of M2M-100, which are no ISO codes → ours
# Languages that M2M100Tokenizer knows without its files; by `language_codes` of its settings.
BUILT_IN = {
    "m2m100": "af am ar ast az ba be bg bn br bs ca ceb cs cy da de el en es et fa ff fi fr fy ga gd gl gu ha he hi hr"
    " ht hu hy id ig ilo is it ja jv ka kk km kn ko lb lg ln lo lt lv mg mk ml mn mr ms my ne nl no ns oc or pa pl ps"
    " pt ro ru sd si sk sl so sq sr ss su sv sw ta th tl tn tr uk ur uz vi wo xh yi yo zh zu",
    "wmt21": "en ha is ja cs ru zh de",
}
# Rows of fairseq's dictionaries, which these vocabularies begin with. The pieces of the .spm follow.
FAIRSEQ = {"<s>": 0, PAD: 1, "</s>": 2, "<unk>": 3}
OWN = 3  # pieces of the .spm that are special there
LANGUAGE = re.compile(r"__(\w+)__|([a-z]{3}_[A-Z][a-z]{3})|([a-z]{2}_[A-Z]{2})")


def vocabulary_of(folder: Path) -> tuple[Vocabulary, list[int]]:
    """The vocabulary in our order, and for each of its rows the row there, or -1 for one that is new here.

    Raises UserError if a file is missing or damaged, and if the files do not fit each other.
    """
    pieces, fast = _pieces(folder / SPM), _optional(folder / TOKENIZER)
    if (folder / PIECES).exists():  # M2M-100
        known = read_rows(folder / PIECES)
    else:
        known = FAIRSEQ | {piece: row for row, piece in enumerate(pieces, 1) if row > OWN}
    _check_pieces(folder / TOKENIZER, fast, known)
    added = _built_in(folder, len(known)) | _added(folder, fast, len(known))
    languages = _languages(folder, added)
    if not languages or min(row for token, row in added.items() if token not in known) != len(known):
        raise UserError(
            f"{folder}: the tokens of languages do not follow the {len(known)} rows of pieces; give it its own {SPM}"
        )
    special = [(known | added).get(THEIRS.get(token, token), -1) for token in SPECIALS]
    text = [piece for piece in pieces[OWN:] if piece in known and not is_control_spelling(piece)]
    names = [*SPECIALS, *map(language_token, languages), *text]
    rows = [*special, *languages.values(), *(known[piece] for piece in text)]
    if len({row for row in rows if row >= 0}) < len(rows) - rows.count(-1):
        raise UserError(f"{folder}: two tokens have the same row; download the files of its tokenizer again")
    counts = [CONTROL_COUNT] * (len(names) - len(text)) + [0] * len(text)
    return Vocabulary(names, counts), rows


def check_layout(folder: Path, settings: Mapping[str, Any]) -> None:
    """Raise UserError for a model whose sources do not begin with their language, or may not. settings: config.json."""
    path, start = folder / TOKENIZER_CONFIG, settings.get("decoder_start_token_id")
    told = _optional(path)
    if told.get("legacy_behaviour"):
        raise UserError(
            f"{path}: legacy_behaviour: its sources end with the token of their language, and sources here begin with"
            " it; it cannot be imported"
        )
    tokenizer = str(told.get("tokenizer_class", KNOWN[-1])).removesuffix("Fast")
    if tokenizer not in KNOWN:
        raise UserError(f"{path}: tokenizer_class: {unknown(tokenizer, KNOWN)}")
    if start not in (None, settings.get("eos_token_id")):
        raise UserError(f"{folder / CONFIG}: decoder_start_token_id is not eos_token_id; it cannot be imported")
    made_from, version = settings.get("_name_or_path"), str(settings.get("transformers_version"))
    is_nllb = tokenizer == KNOWN[0] or "nllb" in str(made_from).lower()
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    if is_nllb and made_from and numbers < FIXED and "legacy_behaviour" not in told:
        raise UserError(
            f"{path}: made from {made_from} with transformers {version}; before 4.28, sources of NLLB ended with the"
            ' token of their language. If they begin with it in this model, add "legacy_behaviour": false; else it'
            " cannot be imported"
        )


def check_spm(path: Path) -> sentencepiece.SentencePieceProcessor:
    """The SentencePiece model of a file. Raises UserError if it is missing, or is none."""
    if not path.exists():
        raise UserError(f"{path}: not found; copy it from the model that this one was made from")
    try:
        return sentencepiece.SentencePieceProcessor(model_file=str(path))
    except (OSError, RuntimeError):
        raise UserError(f"{path}: not a SentencePiece model; download it again") from None


def _optional(path: Path) -> dict[str, Any]:
    return read_json(path) if path.exists() else {}


def _pieces(path: Path) -> list[str]:
    processor = check_spm(path)
    return [processor.id_to_piece(row) for row in range(processor.get_piece_size())]


def _check_pieces(path: Path, fast: Mapping[str, Any], known: Mapping[str, int]) -> None:
    """Raise UserError if a tokenizer.json has another row for a piece: then the SentencePiece model is another's."""
    model = fast.get("model")
    listed = model.get("vocab") if isinstance(model, dict) else None
    if isinstance(listed, list):  # of pairs of a piece and its score, in the order of rows
        listed = {entry[0]: row for row, entry in enumerate(listed) if isinstance(entry, list) and entry}
    for piece, row in listed.items() if isinstance(listed, dict) else ():
        if known.get(piece, row) != row:
            raise UserError(f"{path}: {piece!r} has row {row}, in {SPM} {known[piece]}; give the model its own files")


def _added(folder: Path, fast: Mapping[str, Any], first: int) -> dict[str, int]:
    """The rows of tokens that are not pieces, in their order. first: the row of the first, where no file says it."""
    if decoded := _optional(folder / TOKENIZER_CONFIG).get("added_tokens_decoder"):
        return _rows(folder / TOKENIZER_CONFIG, lambda: ((token, row) for row, token in decoded.items()))
    if listed := fast.get("added_tokens"):
        return _rows(folder / TOKENIZER, lambda: ((token, token["id"]) for token in listed))
    if rows := _optional(folder / ADDED):
        return _rows(folder / ADDED, rows.items)
    names = read_json(folder / SPECIAL).get("additional_special_tokens")
    if not names:
        raise UserError(f"{folder / SPECIAL}: additional_special_tokens: no token of a language; download it again")
    return _rows(folder / SPECIAL, lambda: ((token, row) for row, token in enumerate([*names, "<mask>"], first)))


def _built_in(folder: Path, first: int) -> dict[str, int]:
    """The rows of the languages that M2M100Tokenizer knows without its files. Raises UserError for an unknown list."""
    told = _optional(folder / TOKENIZER_CONFIG)
    if told.get("tokenizer_class") != "M2M100Tokenizer":
        return {}
    name = str(told.get("language_codes", "m2m100"))
    if name not in BUILT_IN:
        raise UserError(f"{folder / TOKENIZER_CONFIG}: language_codes: {unknown(name, BUILT_IN)}")
    return {f"__{code}__": first + number for number, code in enumerate(BUILT_IN[name].split())}


def _rows(path: Path, told: Callable[[], Iterable[tuple[Any, Any]]]) -> dict[str, int]:
    """Token → row, by rows. told: gives each token, or an object with it as `content`, and its row.

    Raises UserError if the file has something else there.
    """
    try:
        rows = {token["content"] if isinstance(token, dict) else token: int(row) for token, row in told()}
    except (AttributeError, KeyError, TypeError, ValueError):
        rows = {None: -1}
    if not all(isinstance(token, str) for token in rows):
        raise UserError(f"{path}: no list of tokens and their rows; download it again")
    return dict(sorted(rows.items(), key=lambda item: item[1]))


def _languages(folder: Path, added: Mapping[str, int]) -> dict[str, int]:
    """The rows of the tokens of languages, by our codes. Tells of tokens that are no code of a language."""
    found, left = dict[str, int](), []
    for token, row in added.items():
        if code := _language(token):
            try:
                found.setdefault(short(first_of(CODES.get(code, code))), row)
            except UserError:
                left.append(token)
    if left:
        print(f"{folder}: left out, because they are no codes of languages: {', '.join(left)}")
    return found


def _language(token: str) -> str | None:
    """The code of a language in its token: `fr` of `__fr__`, `fra_Latn`, `fr` of `fr_XX`, or None.

    The country of mBART's codes says nothing but which Chinese it is.
    """
    if not (found := LANGUAGE.fullmatch(token)):
        return None
    plain, flores, country = found.groups()
    return plain or flores or (country if country.startswith("zh") else country[:2])
