import os
import select
import shutil
import string
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from model.command import UserError
from model.config.model import ModelConfig
from model.config.search import SearchConfig
from model.decoding.generate import generate
from model.interop import ctranslate2_search
from model.network.folder import save_model
from model.network.transformer import Transformer
from model.text.vocabulary import END_ID, Vocabulary
from model.translate import load, main, translate, translations
from tests import ROOT

VOCABULARY = Vocabulary.build(dict.fromkeys(string.ascii_lowercase, 1), ["en", "gl"], 1, 100)
SIZES = ModelConfig(width=32, feedforward=64, heads=2, encoder_layers=1, decoder_layers=1, max_positions=24)
LINES = ["a b c", "", "z y x w v u t", "q", "m n", " ", "b a", "e e e e e e e e", "k l m", "p o"]
DIRECTION = ("en", "gl")


def trained(seed, updates):
    """A model that has learned to some degree to name the letter after each letter of its source."""
    torch.manual_seed(seed)
    model = Transformer(SIZES, len(VOCABULARY)).train()
    optimiser = torch.optim.Adam(model.parameters(), 3e-3)
    first, (english, galician) = VOCABULARY.ids("a")[0], map(VOCABULARY.language_id, DIRECTION)
    for _ in range(updates):
        letters = torch.randint(26, (32, int(torch.randint(1, 10, ()))))
        english_side, end = torch.full((32, 1), english), torch.full((32, 1), END_ID)
        target = torch.cat([torch.full((32, 1), galician), first + (letters + 1) % 26, end], 1)
        states = model(torch.cat([english_side, first + letters, end], 1), torch.cat([end, target[:, :-1]], 1))
        loss = torch.nn.functional.cross_entropy(model.logits(states).flatten(0, 1), target.flatten())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model.eval()


def save(path, seed=1, updates=0, vocabulary=VOCABULARY):
    subwords = path / "subwords"
    subwords.mkdir(parents=True)
    (subwords / "codes").write_text("#version: 0.2\n")
    (subwords / "tokenizer.json").write_text('{"segmenters": {"default": "spaces"}}')
    save_model(path / "model", trained(seed, updates).state_dict(), SIZES, subwords, vocabulary, {})
    return path / "model"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save(tmp_path_factory.mktemp("one"), updates=250)


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    return save(tmp_path_factory.mktemp("other"), seed=2, updates=100)


def found(folders, lines=LINES, engine="torch", **settings):
    search = SearchConfig(**settings)
    models, tokenizer = load(folders, engine, search)
    return translations(lines, DIRECTION, models, tokenizer, search, Counter())


def close(results):
    return [[(text, pytest.approx(score, abs=1e-4)) for text, score in line] for line in results]


def test_lines_keep_their_order_whatever_the_batches(folder):
    alone = [found([folder], [line])[0] for line in LINES]
    assert len({line[0].text for line in alone}) > 5, "the test wants a model that tells its inputs apart"
    for batch_tokens in (1, 90, 10_000):
        assert found([folder], batch_tokens=batch_tokens) == close(alone)
    assert alone[1] == alone[5] == [("", 0.0)]


def test_lines_out_of_the_ordinary_are_counted_in_a_warning(folder, capsys):
    models, tokenizer = load([folder], "torch", SearchConfig())
    lines = translate(["a", "", "b " * 30, "b " * 22, "ყველა a", "ყ a b"], DIRECTION, models, tokenizer, SearchConfig())
    assert lines[1] == "" and lines[2] == lines[3]
    assert capsys.readouterr().err.splitlines() == [
        "warning: 1 source lines are empty, or so is their reference; their translation is an empty line",
        "warning: 1 source lines are longer than 22 subwords; the rest of them was cut",
        "warning: 1 source lines are half or more <unk>: the model does not know their letters, so their translations"
        " mean nothing",
    ]


def test_several_models_are_searched_as_one(folder, other):
    both, first, second = found([folder, other]), found([folder]), found([other])
    assert both == close(found([other, folder])) and both != first and both != second


def test_models_of_different_vocabularies_are_refused(folder, tmp_path):
    third = save(tmp_path, vocabulary=Vocabulary(VOCABULARY.pieces[:-1] + ["ß"], VOCABULARY.counts))
    with pytest.raises(UserError, match=f"^{third}: its vocabulary is not that of {folder};"):
        load([folder, folder, third], "auto", SearchConfig())


@pytest.fixture
def call(monkeypatch, folder, capsys):
    """The command, run here: its standard output."""

    def run(*words, model=folder, engine="torch"):
        command = ["translate", "--model", model, "--source", "en", "--target", "gl", "--engine", engine, *words]
        monkeypatch.setattr(sys, "argv", list(map(str, command)))
        main()
        return capsys.readouterr().out

    return run


@pytest.fixture
def source(tmp_path):
    (tmp_path / "in").write_text("".join(f"{line}\n" for line in LINES))
    return tmp_path / "in"


def test_a_file_becomes_a_file_or_standard_output(call, folder, source, tmp_path):
    expected = [line[0].text for line in found([folder])]
    assert call("--input", source).split("\n")[:-1] == expected
    assert call("--input", source, "--output", tmp_path / "out", "--source", "eng", "--target", "glg_Latn") == ""
    assert (tmp_path / "out").read_text().split("\n")[:-1] == expected
    assert sorted(os.listdir(tmp_path)) == ["in", "out"]


def test_n_best_lists_name_line_and_score(call, folder, source):
    rows = [line.split("\t") for line in call("--input", source, "--nbest", 3).split("\n")[:-1]]
    expected = found([folder], nbest=3)
    assert [len(line) for line in expected] == [1 if not line.strip() else 3 for line in LINES]
    assert [(int(n), float(s), t) for n, s, t in rows] == [
        (n, pytest.approx(s, abs=1e-5), t) for n, line in enumerate(expected, 1) for t, s in line
    ]
    assert [row[0] for row in (line.split("\t") for line in call("--input", source, "--scores").split("\n")[:-1])] == [
        str(n) for n in range(1, len(LINES) + 1)
    ]


def test_a_study_that_asks_for_n_best_gets_its_text(call, source):
    assert call("--input", source, "--search", '{"nbest": 3}') == call("--input", source)


def test_lines_without_a_reference_are_left_out(call, source, tmp_path):
    (tmp_path / "references").write_text("r\n" * 3 + "\n" * 3 + "r\n" * 4)
    lines, all_lines = call("--input", source, "--references", tmp_path / "references"), call("--input", source)
    assert lines.split("\n") == ["" if 3 <= n < 6 else line for n, line in enumerate(all_lines.split("\n"))]


@pytest.mark.parametrize("count", [9, 11])
def test_references_of_another_length_are_refused(call, source, tmp_path, count):
    (tmp_path / "references").write_text("r\n" * count)
    with pytest.raises(UserError, match=f"references: {count} lines, .*in has 10; line n must"):
        call("--input", source, "--references", tmp_path / "references", "--output", tmp_path / "out")
    assert sorted(os.listdir(tmp_path)) == ["in", "references"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--target", "fr"], "language 'fr' has no row in the vocabulary, which knows en, gl"),
        (["--search", "5"], "--search: '5' is not a JSON object"),
        (["--search", '{"baem": 4}'], "--search: unknown 'baem'; did you mean 'beam'?"),
        (["--nbest", "6"], "--search: nbest 6 is more than beam 5"),
        (["--engine", "ctranslate2", "--search", '{"sampling": true}'], "does not sample; take --engine torch"),
    ],
)
def test_mistakes_are_one_line(call, source, words, message):
    with pytest.raises(UserError) as error:
        call("--input", source, *words)
    assert message in str(error.value) and "\n" not in str(error.value)


def test_lines_are_answered_before_the_last_one_came(folder):
    command = [sys.executable, "-m", "model.translate", "--model", folder, "--source", "en", "--target", "gl"]
    with subprocess.Popen(
        [*command, "--engine", "torch", "--threads", "1"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        lines = []
        for line in LINES:
            process.stdin.write(f"{line}\n".encode())
            process.stdin.flush()
            assert select.select([process.stdout], [], [], 300)[0], "no answer, and none will come"
            lines.append(process.stdout.readline().decode().removesuffix("\n"))
        process.stdin.close()
        assert process.wait() == 0
    assert lines == [line[0].text for line in found([folder])]


@pytest.fixture
def converter(monkeypatch):
    """Stands for CTranslate2 and our converter: what was converted and loaded, in this order."""
    calls = []

    def convert(folder, output, quantization):
        output.mkdir()
        (output / "model.bin").write_text("")
        calls.append("convert")

    def load(path, **options):
        assert Path(path, "model.bin").exists()
        calls.append(Path(path))

    monkeypatch.setitem(sys.modules, "model.interop.ctranslate2", SimpleNamespace(convert=convert))
    monkeypatch.setitem(sys.modules, "ctranslate2", SimpleNamespace(Translator=load, __version__="4"))
    return calls


CHANGES = {  # file of a model → what changes in it; the first keeps its size, as weights of another training do
    "model.safetensors": lambda data: data[:-1] + bytes([data[-1] ^ 1]),
    "config.json": lambda data: data.replace(b'"about": {}', b'"about": {"run": "b"}'),
    "vocabulary.tsv": lambda data: data.rstrip(b"\n") + b"0\n",
    "codes": lambda data: data + b"a b</w>\n",
    "tokenizer.json": lambda data: data.replace(b'"spaces"', b'"characters"'),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_model_is_converted_again_when_any_file_of_it_changes(converter, tmp_path, name):
    folder = save(tmp_path)
    files = os.listdir(folder)
    for _ in range(2):
        ctranslate2_search.load_converted(folder, 1)
    (first,) = (folder / "ctranslate2").iterdir()
    assert converter == ["convert", first, first]
    data = (folder / name).read_bytes()
    (folder / name).write_bytes(CHANGES[name](data))
    assert (folder / name).read_bytes() != data
    os.utime(folder / name, ns=(0, 0))  # older than the conversion, as `cp -a` and `rsync -a` may leave it
    ctranslate2_search.load_converted(folder, 1)
    (second,) = (folder / "ctranslate2").iterdir()
    assert converter[3:] == ["convert", second] and second != first
    assert sorted(os.listdir(folder)) == sorted([*files, "ctranslate2"])


def test_a_model_copied_with_its_conversion_is_not_converted_again(converter, tmp_path):
    folder = save(tmp_path)
    ctranslate2_search.load_converted(folder, 1)
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    ctranslate2_search.load_converted(copy, 1)
    assert converter.count("convert") == 1 and converter[-1].is_relative_to(copy)


def test_a_model_that_cannot_be_written_is_converted_elsewhere(converter, monkeypatch, tmp_path):
    folder = save(tmp_path)
    files = os.listdir(folder)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    ctranslate2_search.load_converted(folder, 1)
    assert converter[0] == "convert" and folder not in converter[1].parents and not converter[1].exists()
    assert os.listdir(folder) == files


@pytest.fixture
def engine(tmp_path, folder):
    """The model in CTranslate2."""
    pytest.importorskip("ctranslate2")
    pytest.importorskip("model.interop.ctranslate2")
    return ctranslate2_search.load_converted(Path(shutil.copytree(folder, tmp_path / "copy")), 1)


@pytest.mark.parametrize(("beam", "penalty"), [(1, 0.5), (1, 0.0), (4, 1.0), (4, 0.0), (3, -0.5)])
def test_ctranslate2_finds_what_our_search_finds(folder, engine, beam, penalty):
    (model,), _ = load([folder], "torch", SearchConfig())
    config = SearchConfig(beam=beam, nbest=max(1, beam - 1), length_penalty=penalty, max_length_factor=1.0)
    torch.manual_seed(0)
    source = torch.zeros(40, 9, dtype=torch.long)
    for n, row in enumerate(source):
        row[: n % 6 + 2] = VOCABULARY.ids("a")[0] + torch.randint(26, (n % 6 + 2,))
        row[0], row[n % 6 + 2] = VOCABULARY.language_id("en"), END_ID
    arguments = source, VOCABULARY.language_id("gl"), config, torch.zeros(len(VOCABULARY), dtype=torch.bool)
    same = 0
    for n, (ours, theirs) in enumerate(
        zip(generate([model], *arguments), ctranslate2_search.converted_search([engine], *arguments), strict=True)
    ):
        # Where a hypothesis is cut at the limit or has no word, the two differ (model/interop/ctranslate2_search.py).
        if all(0 < len(h.ids) < n % 6 + 3 + 10 - 1 for h in [*ours, *theirs]):
            assert theirs[0].ids == ours[0].ids and theirs[0].score == pytest.approx(ours[0].score, abs=1e-4)
            same += 1
    assert same >= 30


def test_ctranslate2_holds_to_limits_and_forbidden_rows(engine):
    first, (english, galician) = VOCABULARY.ids("a")[0], map(VOCABULARY.language_id, DIRECTION)
    source = torch.zeros(3, 9, dtype=torch.long)
    for row, length in zip(source, (1, 4, 7), strict=True):
        row[0], row[1 : length + 1], row[length + 1] = english, first + torch.arange(length), END_ID
    forbidden = torch.tensor([VOCABULARY.is_control(i) for i in range(len(VOCABULARY))])
    forbidden[first + 1] = True  # nor </s>: all run up to their limits, 10 + a fifth of 3, 6 and 9
    config = SearchConfig(beam=2, nbest=2, max_length_factor=0.2)
    found = ctranslate2_search.converted_search([engine], source, galician, config, forbidden)
    assert [{len(h.ids) for h in hypotheses} for hypotheses in found] == [{10}, {11}, {11}]
    assert not {first + 1, END_ID} & {i for hypotheses in found for h in hypotheses for i in h.ids}
