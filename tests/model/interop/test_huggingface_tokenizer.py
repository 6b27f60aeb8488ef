"""tokenizer.json, read by a few lines of our own. bench/huggingface_tokenizer.py compares it with transformers."""

import itertools
import json
import random
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from model.config.model import ModelConfig
from model.interop.huggingface_tokenizer import added_tokens, fast_tokenizer, why_not
from model.records import write_json
from model.text.tokenizer import MODEL, PUBLISHED, SETTINGS, VOCABULARY, Tokenizer
from model.text.vocabulary import Vocabulary
from workflow_scripts.settings.subwords import SentencePiece
from workflow_scripts.subwords.sentencepiece import learn_model

SYLLABLES = ("ka", "ri", "to", "nel", "шу", "да", "के", "ना", "<", ">", "/s", "ñ")


def words(number, seed):
    generator = random.Random(seed)
    return ["".join(generator.choices(SYLLABLES, k=generator.randint(1, 4))) for _ in range(number)]


def learned(folder: Path, algorithm: str) -> Tokenizer:
    settings = SentencePiece(size=60, algorithm=algorithm, character_coverage=1, normalisation="identity")
    (folder / MODEL).write_bytes(learn_model(Counter(words(400, seed=1)), settings))
    write_json(folder / SETTINGS, PUBLISHED)
    import sentencepiece

    processor = sentencepiece.SentencePieceProcessor(model_file=str(folder / MODEL))
    pieces = [processor.id_to_piece(row) for row in range(len(processor)) if not processor.is_unknown(row)]
    Vocabulary.build(dict.fromkeys(pieces, 1), ["en", "gl"], 1, 1000).write(folder / VOCABULARY)
    return Tokenizer(folder)


def split(made: dict, line: str) -> list[int]:
    """Ids of a line of known letters, by what tokenizer.json says."""
    known = made["model"]["vocab"]
    rows = known if made["model"]["type"] == "BPE" else {piece: row for row, (piece, _) in enumerate(known)}
    apart = [step["pattern"]["Regex"] for step in made["pre_tokenizer"]["pretokenizers"][1:]]
    parts = ["▁" + word for word in line.split(" ")]
    for pattern in apart:
        parts = [part for whole in parts for part in re.split(f"({pattern})", whole) if part]
    of_type = {"Unigram": best_path, "BPE": merged}[made["model"]["type"]]
    return [rows[piece] for part in parts for piece in of_type(made["model"], part)]


def best_path(model: dict, text: str) -> tuple[str, ...]:
    """The pieces of the highest sum of scores."""
    scores = dict(model["vocab"])

    @cache
    def best(start: int) -> tuple[float, tuple[str, ...]]:
        ends = (end for end in range(start + 1, len(text) + 1) if text[start:end] in scores)
        found = ((scores[text[start:end]] + best(end)[0], (text[start:end], *best(end)[1])) for end in ends)
        return max(found, default=(-1e9, ())) if start < len(text) else (0.0, ())

    return best(0)[1]


def merged(model: dict, text: str) -> list[str]:
    """The pieces after all merges, the first rule of the list first."""
    ranks, pieces = {tuple(pair): rank for rank, pair in enumerate(model["merges"])}, list(text)
    while pairs := [(ranks[pair], at) for at, pair in enumerate(itertools.pairwise(pieces)) if pair in ranks]:
        _, at = min(pairs)
        pieces[at : at + 2] = ["".join(pieces[at : at + 2])]
    return pieces


@pytest.mark.parametrize("algorithm", ["unigram", "bpe"])
def test_it_splits_text_into_the_same_ids(tmp_path, algorithm):
    ours = learned(tmp_path, algorithm)
    assert why_not(ours) == ""
    made = json.loads(json.dumps(fast_tokenizer(ours, None)))
    for line in (" ".join(words(5, seed)) for seed in range(200)):
        wanted, found = ours.encode(line, "en"), split(made, line)
        assert wanted == found or (algorithm == "unigram" and sorted(wanted) == sorted(found)), line


@pytest.mark.parametrize("algorithm", ["unigram", "bpe"])
def test_a_control_token_that_a_text_spells_stays_text(tmp_path, algorithm):
    ours = learned(tmp_path, algorithm)
    made = fast_tokenizer(ours, None)
    for line in ("</s>", "ka</s>ri"):
        ids = split(made, line)
        assert ids == ours.encode(line, "en") and not any(ours.vocabulary.is_control(row) for row in ids)
    assert {token["content"]: token["id"] for token in made["added_tokens"]}["<lang:gl>"] == 6


@pytest.mark.parametrize(
    ("layout", "single"),
    [
        ("sides", ["<lang:en>", "A", "</s>"]),
        ("target", ["A", "<lang:gl>"]),
        ("front", ["<lang:gl>", "A", "</s>"]),
        ("none", ["A", "</s>"]),
    ],
)
def test_a_source_gets_the_tokens_of_the_model(tmp_path, layout, single):
    config = ModelConfig(preset="tiny", language_tokens=layout)
    made = fast_tokenizer(learned(tmp_path, "bpe"), added_tokens(config, "en", "gl"))
    parts = [next(iter(part.values()))["id"] for part in made["post_processor"]["single"]]
    assert parts == single
    assert (added_tokens(config, None, None) is None) == (layout != "none")


def test_where_it_would_split_otherwise_there_is_a_reason(tmp_path):
    from sentencepiece.sentencepiece_model_pb2 import ModelProto

    ours = learned(tmp_path, "bpe")
    proto = ModelProto.FromString((tmp_path / MODEL).read_bytes())
    next(piece for piece in proto.pieces if len(piece.piece) > 1 and piece.type == 1).type = 5
    (tmp_path / MODEL).write_bytes(proto.SerializeToString())
    assert why_not(ours) == "its SentencePiece model is of the type BPE, and trimmed"
    for change, reason in (
        ({"kind": "bpe"}, "its subwords are of the kind bpe"),
        ({"segmenters": {"default": "messages"}}, "its text is split into words by messages"),
        ({"files": {"en": MODEL}}, "its two sides have subwords of their own"),
    ):
        write_json(tmp_path / SETTINGS, PUBLISHED | change)
        assert why_not(Tokenizer(tmp_path)) == reason
