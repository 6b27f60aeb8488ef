import os
import select
import string
import subprocess
import sys
from collections import Counter

import pytest
import torch

from model.command import UserError
from model.config.model import ModelConfig
from model.config.search import SearchConfig
from model.decoding.int8 import Int8Linear
from model.decoding.steps import precision_of
from model.machine.devices import has_int8
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


def test_batches_are_larger_on_a_gpu(folder, monkeypatch):
    sizes = []
    monkeypatch.setattr("model.translate.by_length", lambda rows, lengths, budget: sizes.append(budget) or [])
    found([folder])
    monkeypatch.setattr(torch.Tensor, "is_cuda", True)
    found([folder])
    found([folder], batch_tokens=77)
    assert sizes == [4096, 32_768, 77]


def test_lines_out_of_the_ordinary_are_counted_in_a_warning(folder, capsys):
    models, tokenizer = load([folder], "torch", SearchConfig())
    lines = translate(["a", "", "b " * 30, "b " * 22, "ყველა a", "ყ a b"], DIRECTION, models, tokenizer, SearchConfig())
    assert lines[1] == "" and lines[2] == lines[3]
    assert capsys.readouterr().err.splitlines()[:4] == [
        "warning: 1 source lines are empty, or so is their reference; their translation is an empty line",
        "warning: 1 source lines are longer than 22 subwords; the rest of them was cut",
        "warning: 1 source lines are half or more <unk>: the model does not know their letters, so their translations"
        " mean nothing",
        "warning: 6 source subwords are <unk>, more than 1%: letters that the model does not know, so it cannot"
        " translate them",
    ]
    translate(["b " * 20] * 5 + ["ყ"], DIRECTION, models, tokenizer, SearchConfig())
    assert "more than 1%" not in capsys.readouterr().err, "one of 101"


@pytest.mark.parametrize("settings", [{}, {"beam": 1}, {"sampling": True}, {"max_length_factor": 0.2}], ids=str)
def test_translations_that_may_be_cut_are_counted_in_a_warning(folder, capsys, settings):
    search = SearchConfig(**settings)
    models, tokenizer = load([folder], "torch", search)
    logits, never = models[0].logits, torch.zeros(len(VOCABULARY))
    never[END_ID] = 1e4
    models[0].logits = lambda states: logits(states) - never
    translate(["a", "", "b " * 18], DIRECTION, models, tokenizer, search)
    assert capsys.readouterr().err.splitlines()[1:] == [
        "warning: 2 translations are as long as search.max_length_factor or the model's positions allow, so they may be"
        " cut"
    ]
    models[0].logits = logits
    translate(["a", "c d"], DIRECTION, models, tokenizer, SearchConfig())
    assert capsys.readouterr().err == ""


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


@pytest.mark.parametrize(("precision", "kind"), [("float32", torch.float32), ("bfloat16", torch.bfloat16)])
def test_the_search_says_the_precision_of_products(folder, precision, kind):
    ((model,), _) = load([folder], "torch", SearchConfig(precision=precision))
    assert precision_of(model) is kind


@pytest.mark.parametrize("engine", ["torch", "ctranslate2", "auto"])
def test_int8_is_refused_for_each_engine_where_its_sums_would_be_wrong(folder, engine, monkeypatch):
    monkeypatch.setattr("model.machine.devices.has_int8", lambda device: False)
    monkeypatch.setattr("model.translate.is_installed", lambda: True)
    monkeypatch.setattr("model.translate.load_converted", lambda *_: pytest.fail("it is loaded"))
    with pytest.raises(UserError, match="^precision: int8 needs a processor with VNNI"):
        load([folder], engine, SearchConfig(precision="int8"))


@pytest.mark.skipif(not has_int8(torch.device("cpu")), reason="this processor has no VNNI")
def test_lines_are_translated_in_int8(folder):
    ((model,), _) = load([folder], "torch", SearchConfig(precision="int8"))
    assert isinstance(model.decoder[0].feedforward[0], Int8Linear)
    texts = [[line[0].text for line in found([folder], precision=name)] for name in ("float32", "int8")]
    assert sum(map(str.__eq__, *texts)) >= 8


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--target", "fr"], "language 'fr' has no row in the vocabulary, which knows en, gl"),
        (["--search", "5"], "--search: '5' is not a JSON object"),
        (["--search", '{"baem": 4}'], "--search: unknown 'baem'; did you mean 'beam'?"),
        (
            ["--search", '{"precision": "int4"}'],
            "--search: precision: Input should be 'auto', 'float32', 'bfloat16' or 'int8', not 'int4'",
        ),
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


@pytest.mark.slow
@pytest.mark.parametrize("words", [["--nbest", 3], ["--search", '{"sampling": true, "nbest": 2}', "--scores"]], ids=str)
def test_any_number_of_processes_writes_the_same_bytes(folder, tmp_path, words):
    letters = string.ascii_lowercase
    lines = ["".join(f"{letters[(n + i) % 26]} " for i in range(n % 20)) for n in range(8000)]
    (tmp_path / "in").write_text("\n".join(lines) + "\n")
    command = [sys.executable, "-m", "model.translate", "--model", folder, "--source", "en", "--target", "gl", *words]
    written = set()
    for processes in (1, 2, 3):
        command += ["--engine", "torch", "--threads", processes, "--processes", processes, "--input", tmp_path / "in"]
        ended = subprocess.run(list(map(str, command)), cwd=ROOT, capture_output=True, text=True, check=True)
        written.add((ended.stdout, "\n".join(line for line in ended.stderr.split("\n") if "warning" in line)))
    assert len(written) == 1
