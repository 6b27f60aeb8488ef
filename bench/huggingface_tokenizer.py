"""Compare the tokenizer.json of exports with this project's tokenizer, and run the programs of their cards.

    python -m bench.huggingface_tokenizer

Needs `pip install '.[bench]'`. It was run with transformers 4.57.6 and 5.24.0.
"""

import random
import tempfile
from collections import Counter
from pathlib import Path

import torch

from bench.huggingface_export import run_card
from model.config.model import ModelConfig
from model.interop.export import export
from model.interop.huggingface_tokenizer import added_tokens, fast_tokenizer, tokenizer_config, why_not
from model.network.folder import save_model
from model.network.transformer import Transformer
from model.records import write_json
from model.text.lines import normalised
from model.text.tokenizer import MODEL, PUBLISHED, SETTINGS, VOCABULARY, Tokenizer
from model.text.vocabulary import Vocabulary
from workflow_scripts.settings.subwords import SentencePiece
from workflow_scripts.subwords.sentencepiece import learn_model

SCRIPTS = (
    "abcdefgilmnoprstuv", "абвгдеиклмнопрст", "αβγδεικλμνοπρστ", "कखगचजतदनपबमरल",
    "\u05d0\u05d1\u05d2\u05d3\u05d4\u05d5",
    "漢字仮名交文書", "<>:/",
)  # fmt: skip
ODD = (
    "<pad>", "</s>", "<lang:gl>", "a<lang:en>b", "▁", "▁a", "▅", "\u2581\u2585", "\ufdd2", "é", "e\u0301", "ﬁ",
    "½", "😀😀",
    "ẞ", "\u00a0", "a\u00adb", "x" * 40, "…", "１２", "\u0301",
)  # fmt: skip


def words(script: str, generator: random.Random, number: int) -> list[str]:
    """Words of syllables that occur often."""
    syllables = ["".join(generator.choices(script, k=generator.randint(1, 3))) for _ in range(30)]
    return ["".join(generator.choices(syllables, k=generator.randint(1, 4))) for _ in range(number)]


def lines(generator: random.Random, number: int) -> list[str]:
    """Lines with words of all scripts, some with odd characters."""
    found = []
    for _ in range(number):
        text = [word for script in generator.choices(SCRIPTS, k=3) for word in words(script, generator, 3)]
        text += generator.choices(ODD, k=generator.randint(0, 3))
        generator.shuffle(text)
        found.append(normalised(" ".join(text)))
    return found


def learned(folder: Path, algorithm: str, normalisation: str) -> Tokenizer:
    """A subword folder with SentencePiece of one algorithm."""
    generator = random.Random(1)
    counts = Counter(word for script in SCRIPTS for word in words(script, generator, 400))
    settings = SentencePiece(size=400, algorithm=algorithm, character_coverage=1, normalisation=normalisation)  # type: ignore[arg-type]
    (folder / MODEL).write_bytes(learn_model(counts, settings))
    write_json(folder / SETTINGS, PUBLISHED)
    import sentencepiece

    processor = sentencepiece.SentencePieceProcessor(model_file=str(folder / MODEL))
    pieces = [processor.id_to_piece(row) for row in range(len(processor))]
    text = [piece for row, piece in enumerate(pieces) if not (processor.is_control(row) or processor.is_unknown(row))]
    Vocabulary.build(dict.fromkeys(text, 1), ["en", "gl"], 1, 10_000).write(folder / VOCABULARY)
    return Tokenizer(folder)


def card_prints(subwords: Path, vocabulary: Vocabulary, line: str) -> list[str]:
    """What the card's programs print for a line: told both languages, and by the languages of the export."""
    torch.manual_seed(1)
    model = Transformer(ModelConfig(preset="tiny", max_positions=64), len(vocabulary))  # type: ignore[call-arg]
    save_model(subwords / "model", model.state_dict(), model.config, subwords, vocabulary, {})
    export(subwords / "model", subwords / "published", "huggingface", languages=("en", "gl"))
    return run_card(subwords / "published", line)


def without_unknown(text: str) -> str:
    """Text without `<unk>`, which transformers leaves out."""
    return " ".join(text.replace("<unk>", "").split())


def main() -> None:
    """Print how many of 2,000 lines have equal ids, and equal text after decoding, by kinds of SentencePiece."""
    import transformers

    config, text = ModelConfig(preset="tiny"), lines(random.Random(2), 2000)  # type: ignore[call-arg]
    print(f"transformers {transformers.__version__}")
    for algorithm in ("unigram", "bpe"):
        for normalisation in ("identity", "nmt_nfkc"):
            with tempfile.TemporaryDirectory() as place:
                ours = learned(Path(place), algorithm, normalisation)
                assert not why_not(ours)
                exported = Path(place, "exported")
                exported.mkdir()
                write_json(exported / "tokenizer.json", fast_tokenizer(ours, added_tokens(config, "en", "gl")))
                write_json(exported / "tokenizer_config.json", tokenizer_config(config))
                theirs = transformers.AutoTokenizer.from_pretrained(str(exported))
                english, end = ours.vocabulary.language_id("en"), 1
                wanted = [[english, *ours.encode(line, "en"), end] for line in text]
                found = [theirs(line)["input_ids"] for line in text]
                other = [(a, b) for a, b in zip(wanted, found, strict=True) if a != b]
                tied = sum(sorted(a) == sorted(b) for a, b in other)
                back = [theirs.decode(ids, skip_special_tokens=True) for ids in found]
                same = sum(map(str.__eq__, back, (without_unknown(ours.decode(row[1:-1], "en")) for row in wanted)))
                print(
                    f"{algorithm}, {normalisation}: {len(text) - len(other)} of {len(text)} lines have equal ids,"
                    f" {same} equal text; {tied} of {len(other)} others the same ids in another order"
                )
                told, untold = card_prints(Path(place), ours.vocabulary, text[0])
                print(f"  the programs of the card agree: {told == untold} ({told[:40]})", flush=True)


if __name__ == "__main__":
    main()
