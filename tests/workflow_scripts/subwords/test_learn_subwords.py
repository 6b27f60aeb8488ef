import io
import json
import random
from collections import Counter

import pyarrow as pa
import pytest
import sentencepiece
from subword_nmt.apply_bpe import BPE
from subword_nmt.learn_bpe import learn_bpe

from model.command import UserError
from model.text.tokenizer import Tokenizer
from model.text.vocabulary import SPECIALS, Vocabulary
from tests.workflow_scripts.planned import plan_of, settings_file
from workflow_scripts.plan.text_settings import RULES
from workflow_scripts.subwords import learn_subwords
from workflow_scripts.subwords.counts import SCHEMA, fitting_min_count, fitting_pieces
from workflow_scripts.subwords.learn_subwords import copy, learn, learn_codes
from workflow_scripts.text.files import write_batches

SETTINGS = {
    "study": "s",
    "corpora": ["opus:OpenSubtitles/v2018"],
    "pairs": {"pretrain": ["en-gl", "en-mt"]},
    "runs": {"direct": {"train_on": "pretrain"}},
}
CONTROL = [*SPECIALS, "<lang:en>", "<lang:gl>", "<lang:mt>"]
TEXT = "low low lower newest newest newest widest\n" * 3


def settings(**subwords):
    return RULES["learn_subwords"](plan_of({**SETTINGS, "subwords": subwords})).subwords


def run(monkeypatch, counts, folder, **subwords):
    """Run the command for a study."""
    told = settings_file({**SETTINGS, "subwords": subwords}, "learn_subwords", folder=folder.parent)
    monkeypatch.setattr("sys.argv", ["learn_subwords", "--settings", *map(str, (told, counts, folder))])
    learn_subwords.main()


def write_counts(path, counts):
    """The counts of one text, all in one language."""
    path.parent.mkdir(exist_ok=True)
    words = sorted(counts)
    columns = [["en"] * len(words), words, [counts[word] for word in words]]
    write_batches(path, SCHEMA, [pa.record_batch(columns, schema=SCHEMA)])


def made_up(words, seed=1):
    chance = random.Random(seed)
    drawn = ("".join(chance.choices("etaoinshrdlu", k=chance.randint(1, 9))) for _ in range(words))
    return {word: chance.choice([1, 2, 50]) for word in drawn}


@pytest.fixture
def counted(tmp_path):
    """Counts of two texts that have words in common: those of TEXT."""
    words = Counter(TEXT.split())
    write_counts(tmp_path / "counts" / "en-gl.parquet", words)
    write_counts(tmp_path / "counts" / "en-mt.parquet", {"low": 4, "bestest": 1})
    return tmp_path / "counts"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "subwords").mkdir()
    return tmp_path / "subwords"


def test_codes_are_those_of_subword_nmt_on_the_same_text():
    expected = io.StringIO()
    learn_bpe(io.StringIO(TEXT), expected, 8)
    assert learn_codes(Counter(TEXT.split()), 8) == expected.getvalue().splitlines()


def test_more_merges_than_the_text_supports_are_refused():
    with pytest.raises(UserError, match=r"subwords.merges: 500 are asked for, the text supports \d+"):
        learn_codes(Counter({"low": 3, "lower": 2}), 500)


def test_the_files_of_a_bpe_are_read_by_subword_nmt_and_count_its_pieces(counted, folder):
    learn(settings(merges=8, min_count=1), counted, folder)
    words = Counter(TEXT.split()) + Counter({"low": 4, "bestest": 1})
    with open(folder / "codes", encoding="utf-8") as codes:
        peer = BPE(codes)
    expected: Counter[str] = Counter()
    for word, count in words.items():
        for piece in peer.segment_tokens([word]):
            expected[piece] += count
    vocabulary = Vocabulary.read(folder / "vocabulary.tsv")
    ranked = sorted(expected.items(), key=lambda row: (-row[1], row[0]))
    assert list(zip(vocabulary.pieces, vocabulary.counts, strict=True)) == [(c, -1) for c in CONTROL] + ranked
    assert json.loads((folder / "tokenizer.json").read_text()) == {"kind": "bpe", "segmenters": {"default": "words"}}
    assert Tokenizer(folder).pieces(["newest"]) == peer.segment_tokens(["newest"])


def test_rare_pieces_and_those_over_the_size_have_no_row(counted, folder):
    learn(settings(merges=8, min_count=6, max_size=10), counted, folder)
    vocabulary = Vocabulary.read(folder / "vocabulary.tsv")
    assert len(vocabulary) == 10 and min(vocabulary.counts[8:]) >= 6


def test_words_are_counted_over_what_they_were_learned_on(tmp_path, folder):
    write_counts(tmp_path / "counts" / "en-gl.parquet", {"\u2028ab": 3, "x" * 1500: 2, "a\0b": 4})
    write_counts(tmp_path / "counts" / "en-mt.parquet", {"ab": 2**33})
    learn(settings(merges=5, min_count=1), tmp_path / "counts", folder)
    vocabulary = Vocabulary.read(folder / "vocabulary.tsv")
    assert dict(zip(vocabulary.pieces, vocabulary.counts, strict=True))["ab"] == 2**33 + 3
    with open(folder / "codes", encoding="utf-8") as codes:
        assert BPE(codes).segment_tokens(["x" * 1500]) == Tokenizer(folder).pieces(["x" * 1500])


@pytest.mark.parametrize("algorithm", ["unigram", "bpe"])
def test_all_pieces_of_sentencepiece_have_rows(tmp_path, folder, algorithm):
    words = {**made_up(300), "stra\u00dfe": 1}  # a letter so rare that the model does not know it
    write_counts(tmp_path / "counts" / "en-gl.parquet", words)
    write_counts(tmp_path / "counts" / "en-mt.parquet", {})
    learn(settings(kind="sentencepiece", size=150, algorithm=algorithm, min_count=10**6), tmp_path / "counts", folder)
    model = sentencepiece.SentencePieceProcessor(model_file=str(folder / "sentencepiece.model"))
    vocabulary = Vocabulary.read(folder / "vocabulary.tsv")
    assert vocabulary.pieces[:8] == CONTROL and len(vocabulary) == 8 + 150
    assert set(vocabulary.pieces[8:]) == {model.id_to_piece(row) for row in range(1, 151)}
    counts: Counter[str] = Counter()
    for word, count in words.items():
        for piece in model.encode(word, out_type=str):
            counts[piece] += count
    assert vocabulary.counts[8:] == sorted((counts[piece] for piece in vocabulary.pieces[8:]), reverse=True)
    about = {"kind": "sentencepiece", "segmenters": {"default": "spaces"}}
    assert json.loads((folder / "tokenizer.json").read_text()) == about
    tokenizer = Tokenizer(folder)
    assert tokenizer.decode(tokenizer.encode("toast in haste", "en"), "en") == "toast in haste"


@pytest.mark.parametrize(
    ("subwords", "message"),
    [
        ({"merges": 8, "min_count": 10**6}, "subwords.min_count: no piece is seen 1000000 times"),
        ({"merges": 8, "max_size": 8}, "subwords.max_size: 8 rows leave none for pieces"),
        ({"merges": 800}, "subwords.merges: 800 are asked for, the text supports"),
        ({"kind": "sentencepiece", "size": 5000}, "subwords.size: 5000 pieces are asked for, the text supports"),
    ],
)
def test_what_the_text_does_not_support_is_refused_with_the_key(counted, folder, subwords, message):
    with pytest.raises(UserError, match=f"^{message}"):
        learn(settings(**subwords), counted, folder)
    assert not (folder / "vocabulary.tsv").exists()


def test_without_any_word_there_is_nothing_to_learn(tmp_path, folder):
    for pair in ("en-gl", "en-mt"):
        write_counts(tmp_path / "counts" / f"{pair}.parquet", {})
    with pytest.raises(UserError, match="holds no word to learn subwords from"):
        learn(settings(), tmp_path / "counts", folder)


def test_the_same_counts_give_the_same_bytes(counted, folder, tmp_path, monkeypatch):
    for made in (folder, tmp_path / "again"):
        run(monkeypatch, counted, made, merges=8, min_count=1)
    for name in ("codes", "tokenizer.json", "vocabulary.tsv"):
        assert (folder / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


@pytest.mark.parametrize("subwords", [{"merges": 8, "min_count": 1}, {"kind": "sentencepiece", "size": 12}])
def test_subwords_of_a_model_folder_are_taken_as_they_are(counted, folder, tmp_path, monkeypatch, subwords):
    learn(settings(**subwords), counted, folder)
    (tmp_path / "copy").mkdir()
    copy(folder, tmp_path / "copy")
    names = sorted(path.name for path in folder.iterdir())
    assert [path.name for path in sorted((tmp_path / "copy").iterdir())] == names and len(names) == 3
    assert all((folder / name).read_bytes() == (tmp_path / "copy" / name).read_bytes() for name in names)
    counted.rename(tmp_path / "pretrain")
    counts = tmp_path if "kind" in subwords else tmp_path / "pretrain"  # sentencepiece is fitted to all texts
    run(monkeypatch, counts, tmp_path / "again", **{"from": str(folder)})
    assert all((folder / name).read_bytes() == (tmp_path / "again" / name).read_bytes() for name in names)
    (folder / "vocabulary.tsv").unlink()
    with pytest.raises(UserError, match="subwords.from: .*vocabulary.tsv is not there"):
        copy(folder, tmp_path / "copy")


def test_subwords_are_not_fitted_to_nothing(folder, tmp_path, monkeypatch):
    (tmp_path / "counts").mkdir()
    write_counts(tmp_path / "counts" / "en-gl.parquet", {"low": 4})
    write_counts(tmp_path / "counts" / "en-mt.parquet", {})
    learn(settings(kind="sentencepiece", size=4), tmp_path / "counts", folder)
    write_counts(tmp_path / "counts" / "en-gl.parquet", {})
    (tmp_path / "counts").rename(tmp_path / "pretrain")
    with pytest.raises(UserError, match="holds no word to fit subwords to"):
        run(monkeypatch, tmp_path, tmp_path / "again", **{"from": str(folder)})


def test_released_files_become_a_subword_folder(tmp_path, folder, monkeypatch):
    (tmp_path / "codes.bpe.32000").write_text("#version: 0.2\nt h\nth e</w>\n")
    (tmp_path / "vocab.bpe.32000").write_text("the 900\nt@@ 80\nx 7\nLANG_TOK_EN\t-1\n")
    paths = {"codes": str(tmp_path / "codes.bpe.32000"), "vocabulary": str(tmp_path / "vocab.bpe.32000")}
    run(monkeypatch, tmp_path, folder, **paths)
    tokenizer = Tokenizer(folder)
    assert tokenizer.vocabulary.pieces == [*SPECIALS, "the", "t@@", "x", *CONTROL[5:]]
    assert tokenizer.encode("the tx y", "en") == [5, 6, 7, 2]


def test_without_a_number_there_are_as_many_subwords_as_fit_the_text(tmp_path, folder):
    words = {f"{a}{b}{c}": 3 for a in "abcdefgh" for b in "ijklmnop" for c in "qrstu"}
    assert fitting_pieces(words) == 80 and len(learn_codes(words, None)) == 1 + 80
    assert fitting_pieces({"a": 1}) == 1 and fitting_pieces(dict.fromkeys(range(10**6), 1)) == 32_000
    assert learn_codes({"low": 3, "lower": 2}, None)  # fewer than asked for is no error
    assert [fitting_min_count({"a": n}) for n in (1, 500_000, 2_500_000, 5_000_000, 10**9)] == [2, 2, 10, 21, 21]
