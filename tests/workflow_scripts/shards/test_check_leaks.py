import io
import json
import random
import sys
import unicodedata

import pytest
import sentencepiece

from model.command import UserError
from model.shards.files import part_name, read_about, write_part
from model.text.lines import write_lines
from model.text.ragged import Ragged
from model.text.tokenizer import Tokenizer
from model.text.vocabulary import Vocabulary
from tests.workflow_scripts.pairs import write_pairs
from workflow_scripts.shards import check_leaks, encode, parts
from workflow_scripts.shards.leaks import HeldOutSegments, skeletons
from workflow_scripts.text.matching import matching_keys
from workflow_scripts.text.spellings import SEQUENCES, SPELLINGS

LETTERS = "abcdefghiklmnoprstuvwxyzABDEFGHILMNORSTV0123456789!:.-óパーﾊﾟ%\u0301"  # neither ж nor Ж
PAIRS = [(f"Open the file {n}", f"Abrir o ficheiro {n}") for n in range(60)]
HELD_OUT = {
    "en": ["Save all the files", "Total: 50 % ж done", "ж ж"],
    "gl": ["Gardar todo", "A opción ж 7"],
    "ja": ["パー"],
}


@pytest.fixture
def check(tmp_path, monkeypatch):
    """A function that checks shards of six part files with one pair of segments planted in the fourth."""
    monkeypatch.setattr(parts, "PART", 10)
    monkeypatch.setattr(parts, "WINDOW", 4)
    monkeypatch.setattr(check_leaks, "WINDOW", 3)
    (tmp_path / "codes").write_text("#version: 0.2\nt h\nth e</w>\n")
    (tmp_path / "tokenizer.json").write_text('{"segmenters": {}}')
    pieces = ["the", *LETTERS, *(f"{letter}@@" for letter in LETTERS)]
    Vocabulary.build(dict.fromkeys(pieces, 1), ["en", "gl", "ja"], 1, 999).write(tmp_path / "vocabulary.tsv")
    for language, lines in HELD_OUT.items():
        write_lines(tmp_path / "testsets" / ("dev" if language == "gl" else "test") / f"{language}.txt", lines)

    def check(source="Close", target="Pechar", direction="en-gl", tagged=False):
        rows = [*PAIRS[:35], (source, target), *PAIRS[35:]]
        write_pairs(tmp_path / "text.parquet", direction, [(*row, "c") for row in rows])
        tokenizer = Tokenizer(tmp_path)

        def make(_, batch):
            sides = encode.encode(batch, direction, tokenizer)
            return encode.tagged(sides) if tagged else sides

        about = tokenizer.vocabulary, 1, {"kind": "original"}
        parts.write_parts(tmp_path / "shard", parts.WHOLE, tmp_path / "text.parquet", direction, make, *about)
        return run(tmp_path, monkeypatch)

    return check


def run(folder, monkeypatch):
    arguments = ["--subwords", folder, "--vocabulary", folder / "vocabulary.tsv", "--shards", folder / "shard"]
    arguments += ["--testsets", *sorted((folder / "testsets").iterdir())]
    monkeypatch.setattr(sys, "argv", ["check_leaks", str(folder / "leaks.json"), *map(str, arguments)])
    check_leaks.main()
    return json.loads((folder / "leaks.json").read_text())


def test_clean_shards_pass_and_are_counted(check, tmp_path):
    assert check() == {"segments_checked": 2 * 61, "held_out": 6, "found": 0, "undecided": 0}
    assert read_about(tmp_path / "shard" / "part-00006.parquet")["rows"] == "1"


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Save all the files", "Pechar"),
        ("Close", "Gardar todo"),
        ("SAVE  all - the FILES!", "Pechar"),  # in another case, with other spaces and punctuation
        ("Gardar todo", "Pechar"),  # on the side of another language
        ("Close", "Save all the files."),
        ("ﾊﾟー", "Pechar"),  # of two narrow characters, which are two pieces and one letter
    ],
)
def test_a_held_out_segment_is_found_in_the_midst_of_a_shard(check, tmp_path, source, target):
    with pytest.raises(UserError, match="shard: 1 segments stand in a test or dev set, the first: '"):
        check(source, target)
    assert not (tmp_path / "leaks.json").exists()


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Save all the file", "Gardar todo o ficheiro"),
        ("Save all the files now", "Gardar"),
        ("!", "..."),
        ("ж", "ж Ж ж"),  # nothing but unknown
        ("Total: 51 % ж done", "A opción ж 8"),
        ("Total: 50 % done", "A opción 7"),  # not what is left of a segment: here nothing is lost
        ("パ", "ハ"),
    ],
)
def test_what_only_resembles_a_held_out_segment_is_none(check, source, target):
    assert check(source, target)["found"] == check(source, target)["undecided"] == 0


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Total: 50 % ж done", "Pechar"),
        ("TOTAL 50 ж done", "Pechar"),
        ("Total: 50 % ю done", "Pechar"),  # another character, which shards do not tell from the one that is held out
        ("Close", "A opción ж 7"),
        ("Close", "A opcio\u0301n ж 7"),
    ],
)
def test_what_has_lost_a_character_cannot_be_told_from_a_held_out_segment(check, source, target):
    assert check(source, target)["undecided"] == 1


@pytest.mark.parametrize("source", ["Save all the files", "SAVE  all - the FILES!"])
def test_a_tag_before_a_segment_hides_nothing(check, source):
    with pytest.raises(UserError, match="shard: 1 segments stand in a test or dev set, the first: 'S"):
        check(source, tagged=True)
    assert check("Total: 50 % ж done", tagged=True)["undecided"] == 1
    assert check(tagged=True) == {"segments_checked": 2 * 61, "held_out": 6, "found": 0, "undecided": 0}


@pytest.mark.parametrize("planted", ["Save all the files", "save ALL  the files.", "Total: 50 % ж done"])
def test_segments_are_found_among_the_pieces_of_sentencepiece(tmp_path, planted):
    model = io.BytesIO()
    lines = [side for pair in PAIRS for side in pair] + ["Save all files s . : A L", "Total % done"]
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=model, vocab_size=60, hard_vocab_limit=False,
        character_coverage=1, minloglevel=2,
    )  # fmt: skip
    (tmp_path / "sentencepiece.model").write_bytes(model.getvalue())
    (tmp_path / "tokenizer.json").write_text('{"kind": "sentencepiece", "segmenters": {"default": "spaces"}}')
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    pieces = {processor.id_to_piece(i): 1 for i in range(3, processor.get_piece_size())}
    Vocabulary.build(pieces, ["en"], 1, 999).write(tmp_path / "vocabulary.tsv")
    held_out = HeldOutSegments(HELD_OUT, Tokenizer(tmp_path))
    rows = Tokenizer(tmp_path).encode_lines([PAIRS[0][0], planted, "Total: 51 % ж done"], "en")
    assert [number for found in held_out.found(rows, "en") for number in found] == [1]


def test_shards_without_rows_and_both_sides_in_one_language_pass(tmp_path, monkeypatch, check):
    check()
    for path in (tmp_path / "shard").iterdir():
        path.unlink()
    for number, rows in enumerate(([], [[9]], [])):
        path, sides = tmp_path / "shard" / part_name(number), (Ragged.from_lists(rows),) * 2
        write_part(path, [sides], ("en", "en"), Tokenizer(tmp_path).vocabulary, 1, {})
    assert run(tmp_path, monkeypatch)["segments_checked"] == 2


def test_shards_of_another_vocabulary_are_refused(tmp_path, monkeypatch, check):
    check()
    write_part(tmp_path / "shard" / part_name(7), [], ("en", "gl"), Vocabulary(["other"], [1]), 1, {})
    with pytest.raises(UserError, match="part-00007.parquet: made with another vocabulary"):
        run(tmp_path, monkeypatch)


def test_the_skeleton_of_a_line_is_that_of_its_pieces_wherever_it_is_cut():
    draw = random.Random(1)
    every = [chr(i) for i in range(0x20, 0x30000) if unicodedata.category(chr(i)) not in ("Cn", "Co", "Cs")]
    marks = [c for c in every if unicodedata.category(c).startswith("M")]
    composed = [c for c in every if unicodedata.decomposition(c)] + [chr(i) for i in range(0x1100, 0x1200)]
    variants = [*"".join(found for found, _ in SPELLINGS), *"".join(SEQUENCES)]
    lines = [
        "".join(draw.choice(draw.choice([every, marks, composed, variants])) for _ in range(5)) for _ in range(20_000)
    ]
    cuts = [draw.randint(0, 5) for _ in lines]
    heads = skeletons([line[:cut] for line, cut in zip(lines, cuts, strict=True)])
    tails = skeletons([line[cut:] for line, cut in zip(lines, cuts, strict=True)])
    assert skeletons(lines) == [head + tail for head, tail in zip(heads, tails, strict=True)]
    # A key would not do: it is another where a mark joins the piece before it.
    assert matching_keys(["ﾊﾟ"]) != ["".join(matching_keys(["ﾊ", "ﾟ"]))]
