import json
from pathlib import Path
from string import ascii_letters

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from model.command import UserError
from model.shards import files as shard_files
from model.shards.files import lists_of, read_about
from model.text.lines import write_lines
from model.text.tokenizer import Tokenizer
from model.text.vocabulary import Vocabulary
from tests.workflow_scripts.planned import settings_file
from workflow_scripts.shards import parts
from workflow_scripts.study.preparation import Substitution
from workflow_scripts.substitution import substitute
from workflow_scripts.substitution.translations import Dictionary

EN = ["The cat sleeps.", "No dog here", "A CAT", "nothing known", "cat, dog"] * 40
DE = ["Die Katze schläft.", "Kein Hund hier", "Eine KATZE", "gar nichts", "Katze, Hund"] * 40
DICTIONARIES = {
    "de": "cat\tKatze\t1\ndog\tHund\t2\n",
    "fr": "cat\tchat\t1\ndog\tchien\t2\n",
    "gl": "cat\tgato\t1\ndog\tcan de palleiro\t2\n",
}


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A study, its text, its dictionaries, and subwords that are letters."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "subwords").mkdir()
    (tmp_path / "subwords" / "codes").write_text("#version: 0.2\n")
    (tmp_path / "subwords" / "tokenizer.json").write_text('{"segmenters": {}}')
    pieces = {p: 1 for letter in f"{ascii_letters}äí.," for p in (letter, letter + "@@")}
    Vocabulary.build(pieces, ["de", "en", "fr", "gl"], 1, 10**6).write("subwords/vocabulary.tsv")
    (tmp_path / "dictionaries").mkdir()
    for language, table in DICTIONARIES.items():
        (tmp_path / "dictionaries" / f"en-{language}.tsv").write_text(table)
    pq.write_table(pa.table({"de": DE, "en": EN, "corpus": [""] * len(EN)}), "text.parquet")
    return tmp_path


def run(direction, *arguments, folder="out", **settings):
    study = {
        "study": "s",
        "seed": settings.pop("seed", 1),
        "corpora": ["gettext:p/1"],
        "pairs": {"pretrain": ["en-de", "en-fr", "en-gl"]},
        "runs": {"r": {"train_on": "pretrain", "shards": ["original", "substituted"]}},
        "substitution": settings,
    }
    told = settings_file(study, "substitute", direction, folder=Path())
    files = f"--settings {told} --subwords subwords --vocabulary subwords/vocabulary.tsv --dictionaries dictionaries"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["substitute", *files.split(), *arguments, direction, "text.parquet", folder])
        substitute.main()
    return folder


def rows(folder):
    """(source language, source, target language, target) of each row of a shard, put together again."""
    table, tokenizer = pq.read_table(folder), Tokenizer("subwords")
    sides = []
    for side in ("source", "target"):
        ids, codes = lists_of(table[side].combine_chunks()), table[f"{side}_lang"].to_pylist()
        sides += [codes, [" ".join(tokenizer.decode_words(ids[n])) for n in range(len(ids))]]
    return list(zip(*sides, strict=True))


def test_sources_are_substituted_and_targets_stay(house):
    made = rows(run("en-de", probability=1.0))
    expected = {
        ("The chat sleeps .", "Die Katze schläft ."),
        ("The gato sleeps .", "Die Katze schläft ."),
        ("No chien here", "Kein Hund hier"),
        ("No can de palleiro here", "Kein Hund hier"),
        ("A CHAT", "Eine KATZE"),
        ("A GATO", "Eine KATZE"),
        ("chat , chien", "Katze , Hund"),
        ("gato , can de palleiro", "Katze , Hund"),
    }
    assert len(made) == 160 and {(s, t) for _, s, _, t in made} == expected
    assert {(a, b) for a, _, b, _ in made} == {("en", "de")}


def test_a_copy_that_has_become_a_held_out_segment_is_left_out_and_counted(house):
    write_lines("dev/fr.txt", ["Rien", "a chat!"])  # and in another language than the one it is of
    made = rows(run("en-de", "--testsets", "dev", "--", probability=1.0))
    assert "A CHAT" not in {source for _, source, _, _ in made}
    assert {"A GATO", "The chat sleeps ."} < {source for _, source, _, _ in made}
    dropped = json.loads(read_about(house / "out/part-00000.parquet")["tally"])["held_out"]
    assert dropped + len(made) == 160 and dropped > 0


def test_words_of_the_other_side_are_taken_only_on_request(house):
    assert any("Katze" in s for _, s, _, _ in rows(run("en-de", probability=1.0, exclude_target=False)))
    assert all("Katze" not in s for _, s, _, _ in rows(run("en-de", probability=1.0)))


def test_only_allowed_languages_lend_words(house):
    assert {s for _, s, _, _ in rows(run("en-de", probability=1.0, languages=["fr"])) if "sleeps" in s} == {
        "The chat sleeps ."
    }


def test_where_no_language_is_left_there_are_no_copies_and_a_warning(house, capsys):
    assert not rows(run("en-de", languages=["de"]))
    assert "warning: en-de: no language is left whose words a copy may take" in capsys.readouterr().err
    run("en-de", languages=["fr"], folder="other")
    assert "warning" not in capsys.readouterr().err


def test_empty_dictionaries_are_an_error(house):
    for path in (house / "dictionaries").iterdir():
        path.write_text("")
    with pytest.raises(UserError, match="^dictionaries: all dictionaries are empty .en-de, en-fr, en-gl."):
        run("en-de")
    assert not (house / "out").exists()


def test_a_direction_whose_dictionaries_are_empty_has_a_warning(house, capsys):
    (house / "dictionaries" / "en-fr.tsv").write_text("")
    run("en-de", languages=["de", "fr"])
    assert "warning: en-de: the dictionaries of fr are empty, so no copies are made" in capsys.readouterr().err


def test_any_side_in_the_language_is_substituted(house):
    made = rows(run("de-en", probability=1.0, sides="any"))
    assert ("de", "Kein Hund hier", "en", "No chien here") in made and len(made) == 160
    assert all("Hund" not in target for _, _, _, target in made)
    with pytest.raises(UserError, match="^de-en: substitution.language en with sides: source is not in it"):
        run("de-en")


def test_every_source_is_looked_up_among_english_words_as_the_authors_code_does(house):
    (house / "dictionaries" / "en-fr.tsv").write_text("hier\tici\n")
    (house / "dictionaries" / "en-gl.tsv").write_text("hier\taquí\n")
    made = {(s, t) for _, s, _, t in rows(run("de-en", probability=1.0, sides="every_source"))}
    assert made == {("Kein Hund ici", "No dog here"), ("Kein Hund aquí", "No dog here")}


def test_a_graph_serves_other_languages_sources(house):
    made = {s for _, s, _, _ in rows(run("de-en", probability=1.0, sides="every_source", graph={"max_depth": 2}))}
    # English is the other side's language; French and Galician are two steps away.
    assert {s for s in made if "Kein" in s} == {"Kein Chien hier", "Kein Can de palleiro hier"}
    settings = {"graph": {"max_depth": 1}, "exclude_target": False}
    made = {s for _, s, _, _ in rows(run("de-en", probability=1.0, sides="every_source", **settings))}
    assert {s for s in made if "Kein" in s} == {"Kein Dog hier"}


def test_codeswitched_segments_are_restored(house):
    made = rows(run("en-de", "--restore", probability=1.0))
    assert {(a, b) for a, _, b, _ in made} == {("en", "en")}
    assert ("en", "The Katze sleeps .", "en", "The cat sleeps .") in made
    assert {t for _, _, _, t in made} == {"The cat sleeps .", "No dog here", "A CAT", "cat , dog"}
    assert json.loads(read_about("out/part-00000.parquet")["settings"])["kind"] == "codeswitched"


def test_codeswitched_copies_are_other_draws_than_substituted_ones(house):
    restored, substituted = (
        sorted(s for _, s, _, _ in rows(run("en-de", *restore, languages=["fr"]))) for restore in (["--restore"], [])
    )
    assert restored != substituted and set(restored) == set(substituted)


def test_words_of_a_compound_are_left_alone_on_request(house):
    pq.write_table(pa.table({"de": ["x", "y"], "en": ["cat-dog", "(cat, dog)"]}), "text.parquet")
    settings = {"probability": 1.0, "languages": ["fr"]}
    assert {t for _, _, _, t in rows(run("en-de", **settings))} == {"x", "y"}
    assert [t for _, _, _, t in rows(run("en-de", whole_words=True, **settings))] == ["y"]


def test_several_copies_of_a_segment_each_have_its_translation(house):
    made = rows(run("en-de", probability=1.0, copies=2))
    assert len(made) == 2 * 160
    assert sum(s == "No chien here" and t == "Kein Hund hier" for _, s, _, t in made) == 40


@pytest.fixture
def small_parts(monkeypatch):
    for module in (shard_files, parts):
        monkeypatch.setattr(module, "WINDOW", 16)
        monkeypatch.setattr(module, "PART", 48)


def test_any_number_of_jobs_gives_the_same_bytes(house, small_parts):
    whole = run("en-de", folder="whole", copies=2)
    files = {path.name: path.read_bytes() for path in (house / whole).iterdir()}
    shares = {}
    for share in range(1, 4):
        folder = run("en-de", "--part", f"{share}-of-3", folder=f"share{share}", copies=2)
        shares |= {path.name: path.read_bytes() for path in (house / folder).iterdir()}
    assert len(files) == 5 and shares == files
    run("en-de", folder="other", copies=2, seed=2)
    assert {path.name: path.read_bytes() for path in (house / "other").iterdir()} != files


def test_every_part_holds_its_tally(house, small_parts):
    run("en-de", probability=1.0)
    tallies = [json.loads(read_about(path)["tally"])["languages"] for path in sorted((house / "out").iterdir())]
    assert [tally["all"]["tried"] for tally in tallies] == [48, 48, 48, 48, 8]
    assert sum(tally["all"]["copies"] for tally in tallies) == len(rows("out")) == 160
    assert tallies[0].keys() == {"fr", "gl", "all"}
    assert (tallies[0]["gl"]["entries"], tallies[0]["gl"]["words"]) == (2, 2)
    assert tallies[4]["all"]["covered"] == np.sum([1, 1, 1, 0, 2, 1, 1, 1])


ALLOWED = [
    ({}, "en", "de", "fr gl"),
    ({"exclude_target": False}, "en", "de", "de fr gl"),
    ({"languages": ["gl", "de"]}, "en", "de", "gl"),
    ({}, "de", "en", "de fr gl"),  # as in the authors' code, which does not look at a source's language
    ({}, "en", "en", "de fr gl"),
    ({"graph": {}}, "en", "de", "fr gl"),
    ({"graph": {}}, "de", "en", "fr gl"),
    ({"graph": {}, "exclude_target": False}, "de", "en", "en fr gl"),
    ({"graph": {}, "languages": ["de", "fr"]}, "de", "en", "de fr"),
]


@pytest.mark.parametrize(("settings", "side", "other", "languages"), ALLOWED)
def test_the_languages_words_may_be_taken_from(settings, side, other, languages):
    dictionaries = dict.fromkeys(["gl", "fr", "de"], Dictionary({}, frozenset(), 0))
    found = Substitution(**settings).allowed_languages(dictionaries, side, other)
    assert found == languages.split()
