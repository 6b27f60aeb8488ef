import os
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from model.command import UserError
from model.config.search import SearchConfig
from model.decoding.generate import generate
from model.interop import ctranslate2_search
from model.network.folder import load_model
from model.text.vocabulary import END_ID
from tests.model.test_translate import DIRECTION, SIZES, VOCABULARY, save


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save(tmp_path_factory.mktemp("one"), updates=400)


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


def test_ctranslate2_computes_in_the_precision_of_the_search(converter, tmp_path, monkeypatch):
    def load(path, **options):
        if options["compute_type"] == "bfloat16":
            raise ValueError("not here")
        converter.append(options["compute_type"])

    monkeypatch.setattr(sys.modules["ctranslate2"], "Translator", load)
    folder = save(tmp_path)
    for precision in ("auto", "float32", "int8"):
        ctranslate2_search.load_converted(folder, 1, precision)
    assert converter == ["convert", "default", "float32", "int8"]
    with pytest.raises(UserError, match="^search.precision: bfloat16: CTranslate2 refuses it here"):
        ctranslate2_search.load_converted(folder, 1, "bfloat16")


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


@pytest.mark.parametrize(
    ("beam", "penalty", "patience"),
    [(1, 0.5, 1), (1, 0.0, 1), (4, 1.0, 1), (4, 0.0, 1), (3, -0.5, 1), (4, 1.0, 2), (3, 2.0, 3)],
)
def test_ctranslate2_finds_what_our_search_finds(folder, engine, beam, penalty, patience):
    model, _ = load_model(folder, torch.device("cpu"))
    settings = {"beam": beam, "nbest": max(1, beam - 1), "length_penalty": penalty, "patience": patience}
    config = SearchConfig(**settings, max_length_factor=1.0)
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
    config = SearchConfig(beam=2, nbest=2)
    found = ctranslate2_search.converted_search([engine], source, galician, config, forbidden)
    assert {len(h.ids) for hypotheses in found for h in hypotheses} == {SIZES.max_positions - 2}
    assert not {first + 1, END_ID} & {i for hypotheses in found for h in hypotheses for i in h.ids}
