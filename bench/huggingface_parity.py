"""Compare models of Hugging Face's classes with the same models imported here, on tiny ones that are made for it.

    python -m bench.huggingface_parity make FOLDER     # also the fixtures of tests/model/interop
    python -m bench.huggingface_parity check FOLDER

Needs `pip install '.[bench]'`. `make` needs transformers 4, whose tokenizers keep their SentencePiece model. `check`
was run with 4.57.6 and 5.24.0.
"""

import argparse
import json
import random
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import sentencepiece
import torch
import torch.nn.functional as F

from model.batches.placement import placement_of
from model.config.search import SearchConfig
from model.decoding.generate import generate
from model.decoding.steps import forbidden_rows
from model.interop.huggingface_vocabulary import vocabulary_of
from model.interop.import_huggingface import convert
from model.interop.marian_vocabulary import marian_vocabulary
from model.network.folder import load_model
from model.text.ragged import Ragged
from model.text.vocabulary import Vocabulary

# Folder → class, its config and tokenizer, the type of its SentencePiece model, and two of its languages.
MODELS = {
    "nllb": ("M2M100ForConditionalGeneration", "M2M100Config", "NllbTokenizer", "bpe", ("eng_Latn", "glg_Latn")),
    "m2m": ("M2M100ForConditionalGeneration", "M2M100Config", "M2M100Tokenizer", "unigram", ("en", "gl")),
    "mbart": ("MBartForConditionalGeneration", "MBartConfig", "MBart50Tokenizer", "unigram", ("en_XX", "gl_ES")),
    "marian": ("MarianMTModel", "MarianConfig", "MarianTokenizer", "unigram", ("en", "gl")),
}
SIZES = {
    "d_model": 24, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 4, "decoder_attention_heads": 4,
    "encoder_ffn_dim": 32, "decoder_ffn_dim": 32, "max_position_embeddings": 40, "dropout": 0.0,
}  # fmt: skip
ROOM = 36  # subwords of a source and of a translation
UPDATES, ROWS = 600, 32
EXPECTED = "expected.json"


def made_lines(count: int) -> list[str]:
    """Lines of made-up words, some with letters beyond ASCII."""
    draw = random.Random(1)
    syllables = ["ka", "lo", "mi", "re", "su", "ta", "ni", "po", "ve", "da", "ša", "ñu", "e", "or"]
    words = ["".join(draw.choices(syllables, k=draw.randint(1, 4))) for _ in range(300)]
    return [" ".join(draw.choices(words, k=draw.randint(2, 7))) for _ in range(count)]


def learn_pieces(lines: list[str], kind: str, folder: Path) -> str:
    """The path of a SentencePiece model of a text."""
    (folder / "text").write_text("\n".join(lines), encoding="utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=str(folder / "text"), model_prefix=str(folder / kind), vocab_size=120, model_type=kind,
        character_coverage=1.0, normalization_rule_name="identity", minloglevel=2,
    )  # fmt: skip
    return str(folder / f"{kind}.model")


def trained(name: str, lines: list[str], folder: Path) -> tuple[Any, Any]:
    """A tiny model of a class that has learned to repeat lines more or less, so that its translations end."""
    import transformers

    kind, config, tokenizer, pieces, languages = MODELS[name]
    learned = learn_pieces(lines, pieces, folder)
    if name == "marian":
        theirs, special = marian_tokenizer(learned, folder, *languages)
    elif name == "m2m":
        theirs, special = m2m_tokenizer(learned, folder, *languages)
    else:
        theirs, special = getattr(transformers, tokenizer)(learned, src_lang=languages[0]), {}
    torch.manual_seed(1)
    sizes = {"vocab_size": len(theirs), **SIZES, **special}
    model = getattr(transformers, kind)(getattr(transformers, config)(**sizes))
    if name == "marian":
        model.final_logits_bias.copy_(torch.randn_like(model.final_logits_bias) * 0.5)
    with torch.no_grad():
        for weight in model.parameters():  # so that no bias is zero and no norm does nothing
            if weight.requires_grad:  # Marian's positions are not, and are not saved
                weight.add_(torch.randn_like(weight) * 0.05)
        model.get_input_embeddings().weight[theirs.pad_token_id] = 0
    optimizer, begin = torch.optim.Adam(model.parameters(), lr=5e-3), begin_of(name, theirs)
    sources = [theirs(line)["input_ids"] for line in lines]
    for update in range(UPDATES):
        batch = random.Random(update).choices([ids for ids in sources if len(ids) <= ROOM], k=ROWS)
        length = max(map(len, batch))
        ids = torch.tensor([row + [theirs.pad_token_id] * (length - len(row)) for row in batch])
        labels = torch.cat([torch.tensor(begin[1:], dtype=torch.long).expand(ROWS, -1), ids[:, len(begin) - 1 :]], 1)
        inputs = torch.cat([torch.full((ROWS, 1), begin[0]), labels[:, :-1]], 1)
        logits = model(ids, attention_mask=(ids != theirs.pad_token_id).long(), decoder_input_ids=inputs).logits
        loss = F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=theirs.pad_token_id)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"{name}: loss {loss.item():.2f}")
    return model.eval(), theirs


def marian_tokenizer(pieces: str, folder: Path, source: str, target: str) -> tuple[Any, dict[str, object]]:
    """A tokenizer of OPUS-MT with the same pieces on both sides, and the special rows of its models.

    Its rows are in another order than the pieces, as there.
    """
    import transformers

    processor = sentencepiece.SentencePieceProcessor(model_file=pieces)
    text = sorted(processor.id_to_piece(row) for row in range(3, processor.get_piece_size()))
    names = ["</s>", "<unk>", *text, "<pad>"]
    (folder / "vocab.json").write_text(json.dumps({piece: row for row, piece in enumerate(names)}), encoding="utf-8")
    files = (str(folder / "vocab.json"), pieces, pieces)
    made = transformers.MarianTokenizer(
        vocab=files[0], source_spm=files[1], target_spm=files[2], source_lang=source, target_lang=target
    )
    pad = len(names) - 1
    return made, {
        "pad_token_id": pad, "eos_token_id": 0, "decoder_start_token_id": pad, "forced_eos_token_id": 0,
        "activation_function": "swish", "scale_embedding": True, "decoder_vocab_size": len(names),
    }  # fmt: skip


def m2m_tokenizer(pieces: str, folder: Path, source: str, target: str) -> tuple[Any, dict[str, object]]:
    """A tokenizer of M2M-100, and its rows. They are in another order than the pieces, as there."""
    import transformers

    processor = sentencepiece.SentencePieceProcessor(model_file=pieces)
    text = sorted(processor.id_to_piece(row) for row in range(3, processor.get_piece_size()))
    names = ["<s>", "<pad>", "</s>", "<unk>", *text]
    (folder / "vocab.json").write_text(json.dumps({piece: row for row, piece in enumerate(names)}), encoding="utf-8")
    made = transformers.M2M100Tokenizer(str(folder / "vocab.json"), pieces, src_lang=source, tgt_lang=target)
    return made, {"vocab_size": len(names) + len(made.lang_code_to_id) + made.num_madeup_words}


def begin_of(name: str, theirs: Any) -> list[int]:
    """What their decoder reads before the first piece: `</s>` and a language, or a zero vector in OPUS-MT."""
    if name == "marian":
        return [theirs.pad_token_id]
    token = f"__{MODELS[name][4][1]}__" if name == "m2m" else MODELS[name][4][1]
    return [theirs.eos_token_id, theirs.convert_tokens_to_ids(token)]


def translations(
    model: Any, sources: list[list[int]], begin: list[int], controls: list[int], beam: int
) -> list[list[int]]:
    """Their translations of sources, as their ids without control tokens, by log-probability alone."""
    end, found = model.config.eos_token_id, []
    bad = [[row] for row in controls if row not in (end, *begin[1:])]
    forced = begin[1] if len(begin) > 1 else None
    for ids in sources:
        (row,) = model.generate(
            torch.tensor([ids]), num_beams=beam, length_penalty=0.0, early_stopping=False, do_sample=False,
            max_new_tokens=ROOM + 2, decoder_start_token_id=begin[0], forced_bos_token_id=forced,
            forced_eos_token_id=None, bad_words_ids=bad, pad_token_id=model.config.pad_token_id, eos_token_id=end,
        ).tolist()  # fmt: skip
        text = row[len(begin) :]
        found.append(text[: text.index(end)] if end in text else text)
    return found


def make(output: Path) -> None:
    """Write a folder for each class, with what the model gives for some lines."""
    for name in MODELS:
        folder, lines = output / name, made_lines(2000)
        with tempfile.TemporaryDirectory() as place:
            model, theirs = trained(name, lines, Path(place))
            model.save_pretrained(folder)
            theirs.save_pretrained(folder)
        some = [line for line in lines if len(theirs(line)["input_ids"]) <= ROOM][:40]
        sources, begin = [theirs(line)["input_ids"] for line in some], begin_of(name, theirs)
        built_in = getattr(theirs, "id_to_lang_token", {})  # of M2M-100
        controls = sorted({*theirs.all_special_ids, *theirs.added_tokens_decoder, *built_in})
        with torch.no_grad():
            inputs = torch.tensor([[*begin, *sources[0][len(begin) - 1 :]]])
            logits = model(torch.tensor([sources[0]]), decoder_input_ids=inputs)
        expected = {
            "controls": controls, "lines": some, "sources": sources,
            "greedy": translations(model, sources, begin, controls, 1),
            "beam": translations(model, sources, begin, controls, 5),
            "logits": [[round(x, 5) for x in row] for row in logits.logits[0, :4].tolist()],
        }  # fmt: skip
        (folder / EXPECTED).write_text(json.dumps(expected, ensure_ascii=False) + "\n", encoding="utf-8")


def check(folder: Path) -> None:
    """Compare the logits and translations of 200 lines by this version of transformers and by the imported models."""
    import transformers

    for name, (kind, *_) in MODELS.items():
        expected = json.loads((folder / name / EXPECTED).read_text(encoding="utf-8"))
        model = getattr(transformers, kind).from_pretrained(folder / name).eval()
        with tempfile.TemporaryDirectory() as place:
            convert(folder / name, Path(place) / "model")
            ours, tokenizer = load_model(Path(place) / "model", torch.device("cpu"))
            _ = tokenizer.pieces_of_words  # it reads its file at first use
        vocabulary, rows = rows_of(folder / name)
        to_theirs, forbidden, placement = torch.tensor(rows), forbidden_rows(vocabulary), placement_of(ours.config)
        source, target = (np.array([vocabulary.language_id(code)]) for code in ("en", "gl"))
        begin, there = placement.start(int(target[0])), to_theirs >= 0
        worst, equal, lines = 0.0, {1: 0, 5: 0}, made_lines(600)[400:]
        for line in lines:
            pieces = tokenizer.encode(line, "en")[:ROOM]
            ids = torch.from_numpy(placement.source(Ragged.from_lists([pieces]), source, target))
            inputs = torch.tensor([[*begin, *pieces]])
            with torch.no_grad():
                theirs = model(to_theirs[ids], decoder_input_ids=to_theirs[inputs]).logits[..., to_theirs[there]]
                worst = max(worst, (ours.logits(ours(ids, inputs))[..., there] - theirs).abs().max().item())
            for beam in equal:
                # Theirs goes on as long as an open hypothesis can win, however many have ended.
                search = SearchConfig(beam=beam, length_penalty=0, patience=100)
                found = generate([ours], ids, int(target[0]), search, forbidden)[0][0].ids
                wanted = translations(
                    model, to_theirs[ids].tolist(), to_theirs[begin].tolist(), expected["controls"], beam
                )
                equal[beam] += [rows[row] for row in found] == wanted[0]
        print(
            f"transformers {transformers.__version__}, {kind}: logits differ by at most {worst:.1e};"
            f" of {len(lines)} translations {equal[1]} are equal with beam 1, {equal[5]} with beam 5"
        )


def rows_of(folder: Path) -> tuple[Vocabulary, list[int]]:
    """Our vocabulary of a folder, and for each of its rows the row there, or -1."""
    return marian_vocabulary(folder, (), ())[:2] if folder.name == "marian" else vocabulary_of(folder)


def main() -> None:
    """Make the models, or check them."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("action", choices=("make", "check"))
    arguments.add_argument("folder", type=Path)
    options = arguments.parse_args()
    torch.set_num_threads(1)
    (make if options.action == "make" else check)(options.folder)


if __name__ == "__main__":
    main()
