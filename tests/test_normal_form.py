"""All text that enters the project is brought to normal form, whichever way it comes."""

import ast
import re
from collections import Counter
from string import ascii_letters
from types import SimpleNamespace
from zipfile import ZipFile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from model.analysis.embeddings import read_dictionary
from model.config.search import SearchConfig
from model.text.lines import write_lines
from model.translate import translations
from tests import ROOT
from tests.workflow_scripts.planned import plan_of
from workflow_scripts.backtranslation.pair_translations import pairs
from workflow_scripts.corpora.clean import clean, texts_of
from workflow_scripts.corpora.read_testset import read_testset
from workflow_scripts.dictionaries.dictionary import Table, read_table
from workflow_scripts.dictionaries.formats import DICTIONARY_FORMATS
from workflow_scripts.drops import Drops
from workflow_scripts.evaluation.score import scored_lines
from workflow_scripts.formats import FORMATS
from workflow_scripts.plan.text_settings import RULES
from workflow_scripts.text.files import Pairs, read_batches

RAW, NORMAL = "Cafe\u0301 &amp;amp; co\u00adop\u00a0\u200fx", "Café & coop x"
WORD, NORMAL_WORD = "cafe\u0301&amp;co\u00adop", "café&coop"
TMX = (
    '<?xml version="1.0"?><tmx version="1.4"><header/><body><tu><tuv xml:lang="en"><seg>{0} one</seg></tuv>'
    '<tuv xml:lang="gl"><seg>{0} two</seg></tuv></tu></body></tmx>'
)


def files_of(format):
    """Write a text of one pair in a format, and say where it is as an item of a study does."""
    sides = [f"{RAW} one", f"{RAW} two"]
    if format == "lines":
        for name, line in zip(("text.en", "text.gl"), sides, strict=True):
            write_lines(name, [line])
        return {"files": {"en": "text.en", "gl": "text.gl"}}
    if format == "tsv":
        write_lines("text.tsv", ["\t".join(sides)])
        return {"address": "text.tsv", "format": "tsv"}
    if format == "parquet":
        pq.write_table(pa.table({"a": sides[:1], "b": sides[1:]}), "text.parquet")
        return {"address": "text.parquet", "format": "parquet", "columns": {"first": "a", "second": "b"}}
    write_lines("text.tmx", [TMX.format(RAW.replace("&", "&amp;"))])
    return {"address": "text.tmx", "format": "tmx"}


def study_of(format):
    item = {"id": "file:mine/1/en-gl", **files_of(format)}
    write_lines("mono.gl", [f"{RAW} two"])
    return plan_of(
        {
            "study": "s",
            "corpora": [item],
            "monolingual": [{"id": "file:more/1/gl", "files": {"gl": "mono.gl"}}],
            "pairs": {"all": ["en-gl"]},
            "testsets": {"test": item, "dev": item},
            "runs": {"r": {"train_on": "all"}},
        }
    )


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("format", FORMATS)
def test_corpora_and_test_sets(format, tmp_path):
    plan = study_of(format)
    clean(texts_of(RULES["clean"](plan, "en-gl"), "en-gl"), tmp_path / "out.parquet")
    assert list(Pairs("out.parquet", "en-gl")) == [(f"{NORMAL} one", f"{NORMAL} two")]
    assert read_testset(RULES["read_testset"](plan, "test")) == {"en": [f"{NORMAL} one"], "gl": [f"{NORMAL} two"]}


def test_monolingual_text(tmp_path):
    clean(texts_of(RULES["clean"](study_of("lines"), "gl"), "gl"), tmp_path / "out.parquet")
    assert [batch["gl"].to_pylist() for batch in read_batches("out.parquet")] == [[f"{NORMAL} two"]]


@pytest.mark.parametrize("format", DICTIONARY_FORMATS)
def test_dictionaries(format, tmp_path):
    # The semicolon of an entity separates translations in the text of dictd.
    word = WORD.replace("&amp;", "&") if format == "dictd" else WORD
    entry = f"{word}\n{word}\n".encode()
    index = f"{word}\tA\t{ascii_letters.swapcase()[len(entry)]}\n".encode()
    columns = f"9 0.5 {word} {word} 0.5 0.5" if format == "dic" else f"{word}\t{word}"
    members = {"d.index": index, "d.dict": entry} if format == "dictd" else {"d.tsv": columns.encode()}
    with ZipFile("dictionary.zip", "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    table = Table("mine", format, "dictionary.zip", tuple(members))
    assert read_table(table, "en-gl").entries == [(NORMAL_WORD, NORMAL_WORD)]


def test_dictionaries_that_embeddings_are_compared_by(tmp_path):
    write_lines("en-gl.tsv", [f"{WORD}\t{WORD}"])
    assert read_dictionary(tmp_path / "en-gl.tsv", 9)[1] == [(NORMAL_WORD, NORMAL_WORD)]


class Stop(Exception):
    pass


def test_text_to_translate():
    def encode_lines(lines, language):
        raise Stop(*lines)

    vocabulary = SimpleNamespace(language_id=lambda code: 1)
    config = SimpleNamespace(max_positions=9, language_tokens="sides")
    with pytest.raises(Stop) as stopped:
        translations(
            [RAW],
            ("en", "gl"),
            [SimpleNamespace(config=config)],
            SimpleNamespace(vocabulary=vocabulary, encode_lines=encode_lines),
            SearchConfig(),
            Counter(),
        )
    assert stopped.value.args == (NORMAL,)


def test_back_translations(tmp_path):
    write_lines("segments.txt", ["um dois"])
    write_lines("translations.txt", [RAW])
    schema = pa.schema([("en", pa.string()), ("gl", pa.string())])
    batches = pairs([(tmp_path / "segments.txt", tmp_path / "translations.txt")], schema, set(), Drops())
    assert [batch["en"].to_pylist() for batch in batches] == [[NORMAL]]


def test_hypotheses_are_compared_in_the_form_of_references(tmp_path):
    study = study_of("lines")
    for code, lines in read_testset(RULES["read_testset"](study, "test")).items():
        write_lines(tmp_path / "test" / f"{code}.txt", lines)
    write_lines("hypotheses.txt", [f"{RAW} two"])
    hypotheses, references = scored_lines(tmp_path / "test", "en-gl", tmp_path / "hypotheses.txt")
    assert hypotheses == references == [f"{NORMAL} two"]


# Modules that read lines and do not bring them to normal form, and whose lines they read.
OTHERS = {
    "model/text/mrasp_subwords.py": "subwords that others trained with",
    "model/text/bpe.py": "subwords",
    "model/text/vocabulary.py": "subwords",
    "workflow_scripts/tables/tabulate_samples.py": "test sets of this project",
    "workflow_scripts/text/held_out.py": "test sets of this project",
    "workflow_scripts/text/files.py": "test sets of this project",
    "workflow_scripts/report/report.py": "test sets and scores of this project",
    "workflow_scripts/report/model_card.py": "the vocabulary",
    "workflow_scripts/substitution/translations.py": "dictionaries of this project",
    "workflow_scripts/corpora/clean.py": "batches that Segments brings to normal form",
}


def test_whoever_reads_lines_brings_them_to_normal_form_or_has_a_reason():
    readers = set()
    for path in [*(ROOT / "model").rglob("*.py"), *(ROOT / "workflow_scripts").rglob("*.py")]:
        text = path.read_text("utf-8")
        names = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
        reads = names & {"read_lines", "arriving_lines"} or re.search(r"SOURCES\[.*\]\.read\(|source\.read\(", text)
        if reads and "normalised" not in names:
            readers.add(str(path.relative_to(ROOT)))
    assert readers == set(OTHERS)
