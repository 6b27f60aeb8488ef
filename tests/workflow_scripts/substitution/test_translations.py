import pytest

from model.command import UserError
from tests import ROOT
from workflow_scripts.dictionaries.dictionary import Table, merge, read_table
from workflow_scripts.study.preparation import Substitution
from workflow_scripts.substitution.translations import Dictionary, Direct, read_dictionary

MUSE = ROOT / "resources" / "muse" / "dictionaries" / "1"


def read(tmp_path, text, **settings):
    (tmp_path / "en-es.tsv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_dictionary(tmp_path / "en-es.tsv", Substitution(**settings))


def test_the_first_words_of_a_dictionary_are_used_and_all_are_known(tmp_path):
    found = read(tmp_path, "the\tel\t0.9\nthe\tla\t0.8\nfile\tarchivo\t0.7\nopen\tabrir\n", top_words=2)
    assert found.translations == {"the": ["el", "la"], "file": ["archivo"]}
    assert (found.words, found.entries) == ({"the", "file", "open"}, 4)


def test_a_translation_that_stands_there_twice_counts_twice(tmp_path):
    assert read(tmp_path, "w\tx\nw\tx\nw\ty\n").translations == {"w": ["x", "x", "y"]}


@pytest.mark.parametrize(("lines", "words"), [(1, {"a": ["1", "2"]}), (2, {"a": ["1", "2"], "b": ["3"]})])
def test_lines_are_counted_as_the_authors_code_does_which_takes_one_more(tmp_path, lines, words):
    found = read(tmp_path, "a\t1\na\t2\nb\t3\nc\t4\n", top="lines", top_words=lines)
    assert found.translations == words


@pytest.mark.parametrize("line", ["file", "file\t", "\tfichero", "file\t  ", " file\tfichero", "file\tfichero\r", ""])
def test_a_damaged_row_is_an_error_with_its_line(tmp_path, line):
    with pytest.raises(UserError, match=r"en-es.tsv: line 2: expected word TAB translation, found '"):
        read(tmp_path, f"the\tel\n{line}\nopen\tabrir\n", top_words=1)


def test_a_byte_order_mark_is_no_part_of_the_first_word(tmp_path):
    assert read(tmp_path, b"\xef\xbb\xbfthe\tel\n").translations == {"the": ["el"]}


def test_a_row_that_is_not_utf8_is_an_error_with_its_line(tmp_path):
    with pytest.raises(UserError, match="line 2 is not UTF-8"):
        read(tmp_path, b"the\tel\n\xff\tla\n")


def test_translations_are_those_of_the_words_used_and_known_are_all():
    de, fr = Dictionary({"the": ["der"]}, frozenset({"the", "zoo"}), 2), Dictionary({}, frozenset({"zoo"}), 1)
    found = Direct({"de": de, "fr": fr})
    assert found.of("the") == {"de": ["der"]} and found.of("zoo") == {}
    assert (found.known("the"), found.known("zoo"), found.known("ape")) == (["de"], ["de", "fr"], [])


@pytest.mark.skipif(not (MUSE / "en-cs.txt").exists(), reason="resources/muse is not fetched")
@pytest.mark.parametrize(("language", "words"), [("de", 306), ("cs", 361)])
def test_a_thousand_lines_of_muse_are_the_words_that_the_authors_code_has(tmp_path, language, words):
    source = read_table(Table("muse:d/1", "muse", str(MUSE / f"en-{language}.txt")), f"en-{language}")
    rows = [(w, v) for w, values in merge([source], None, None)["muse:d/1"].items() for v in values]
    text = (MUSE / f"en-{language}.txt").read_text(encoding="utf-8").replace(" ", "\t")
    assert "".join(f"{w}\t{v}\n" for w, v in rows) == text  # nothing is lost, and the order is that of the file
    found = read(tmp_path, text, top="lines", top_words=1000)
    assert len(found.translations) == words and sum(map(len, found.translations.values())) == 1001
    assert len(read(tmp_path, text, top_words=1000).translations) == 1000
