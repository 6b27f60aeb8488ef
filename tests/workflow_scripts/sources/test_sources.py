"""Every source fetches from a server and reads what stands there in the source's own layout."""

import gzip
import hashlib
import io
import lzma
import tarfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sacrebleu.dataset import DATASETS

from model.command import UserError
from tests.loopback import served
from tests.toy import sentences
from workflow_scripts.corpora.fetch import fetch
from workflow_scripts.dictionaries.dictionary import read_table, tables_of
from workflow_scripts.directions import codes
from workflow_scripts.drops import Drops
from workflow_scripts.plan.text_settings import as_read
from workflow_scripts.settings.corpora import Fetching
from workflow_scripts.sources import NAMES, SOURCES
from workflow_scripts.sources.datasets import Item
from workflow_scripts.sources.needs import Need

PAIRS = sentences(20)
ENGLISH, TOY = ([pair[side] for pair in PAIRS] for side in (0, 1))


def text(lines):
    return "".join(line + "\n" for line in lines).encode()


def table(*columns, separator="\t"):
    return text(separator.join(row) for row in zip(*columns, strict=True))


def zipped(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def tmx(first, second, first_code="en", second_code="gl"):
    units = "".join(
        f'<tu><tuv xml:lang="{first_code}"><seg>{a}</seg></tuv><tuv xml:lang="{second_code}"><seg>{b}</seg></tuv></tu>'
        for a, b in zip(first, second, strict=True)
    )
    return f'<?xml version="1.0"?><tmx version="1.4"><header/><body>{units}</body></tmx>'.encode()


@dataclass
class Sample:
    """Files as a server has them, by address, and the item of a study that reads them."""

    item: dict | str
    files: dict[str, bytes]
    languages: str = "en-gl"
    expected: tuple = (ENGLISH, TOY)
    scores: dict = field(default_factory=dict)


OPUS = "https://object.pouta.csc.fi/OPUS-"
SCORES = [str(1 + i / 100) for i in range(20)]
LIDS = ["0.99"] * 20
WMT14 = DATASETS["wmt14/full"]
SGM = (
    '<{kind}set setid="t" srclang="any" trglang="de"><doc sysid="ref" docid="d"><p>\n{segments}</p></doc></{kind}set>\n'
)


def sgm(kind, lines):
    return SGM.format(
        kind=kind, segments="".join(f'<seg id="{i}">{x}</seg>\n' for i, x in enumerate(lines, 1))
    ).encode()


SAMPLES = {
    "opus": Sample(
        "opus:OpenSubtitles/v2018/en-gl",
        {
            f"{OPUS}OpenSubtitles/v2018/moses/en-gl.txt.zip": zipped(
                {"OpenSubtitles.en-gl.en": text(ENGLISH), "OpenSubtitles.en-gl.gl": text(TOY), "README": b"x"}
            )
        },
    ),
    "opus, order of codes": Sample(
        "opus:OpenSubtitles/v2018/en-af",
        {
            f"{OPUS}OpenSubtitles/v2018/moses/af-en.txt.zip": zipped(
                {"OpenSubtitles.af-en.af": text(TOY), "OpenSubtitles.af-en.en": text(ENGLISH)}
            )
        },
        languages="en-af",
    ),
    "opus, not in the catalogue": Sample(
        "opus:GNOME/v1/en-gl",
        {f"{OPUS}GNOME/v1/moses/en-gl.txt.zip": zipped({"GNOME.en-gl.en": text(ENGLISH), "GNOME.en-gl.gl": text(TOY)})},
    ),
    "opus, monolingual": Sample(
        "opus:LibreOfficeHelp/v7.4/gl@mono",
        {f"{OPUS}LibreOfficeHelp/v7.4/mono/gl.txt.gz": gzip.compress(text(TOY))},
        languages="gl",
        expected=(TOY,),
    ),
    "wmt": Sample(
        {
            "id": "wmt:pack/1/de-en", "address": "https://example.org/pack.tgz",
            "members": ["c.de-en.{first}", "c.de-en.{second}"],
        },
        {"https://example.org/pack.tgz": tarred({"c.de-en.de": text(TOY), "c.de-en.en": text(ENGLISH)})},
        languages="de-en",
        expected=(TOY, ENGLISH),
    ),
    "nllb_mined": Sample(
        "nllb_mined:nllb/1/en-fuv",
        {
            "https://storage.googleapis.com/allennlp-data-bucket/nllb/eng_Latn-fuv_Latn.gz": gzip.compress(
                table(ENGLISH, TOY, SCORES, LIDS, LIDS, *[["x"] * 20] * 4)
            )
        },
        languages="en-fuv",
        scores={"laser": [float(score) for score in SCORES]},
    ),
    "nllb_primary": Sample(
        {"id": "nllb_primary:tm/1/en-gl", "address": "https://example.org/tm.tmx.zip", "format": "tmx",
         "members": ["tm.tmx"], "native": {"en": "en", "gl": "gl"}},
        {"https://example.org/tm.tmx.zip": zipped({"tm.tmx": tmx(ENGLISH, TOY)})},
    ),
    "m8m15": Sample(
        {"id": "m8m15:archive/1/en-glg", "address": "https://example.org/all.tar.gz", "format": "lines",
         "members": ["b/{first}-{second}.{first}", "b/{first}-{second}.{second}"]},
        {"https://example.org/all.tar.gz": tarred({"b/eng-glg.eng": text(ENGLISH), "b/eng-glg.glg": text(TOY)})},
    ),
    "pc32": Sample(
        {"id": "pc32:part/1/en-gl", "address": "https://example.org/train.tar.gz", "format": "lines",
         "members": ["{first}-{second}.{first}", "{first}-{second}.{second}"]},
        {"https://example.org/train.tar.gz": tarred({"en-gl.en": text(ENGLISH), "en-gl.gl": text(TOY)})},
    ),
    "flores200": Sample(
        "flores200:flores200/1@devtest",
        {
            "https://dl.fbaipublicfiles.com/nllb/flores200_dataset.tar.gz": tarred(
                {"flores200_dataset/dev/glg_Latn.dev": b"x\n", "flores200_dataset/devtest/glg_Latn.devtest": text(TOY)}
            )
        },
        languages="gl",
        expected=(TOY,),
    ),
    "ntrex": Sample(
        {"id": "ntrex:NTREX/128", "address": "https://example.org/newstest2019-ref.{code}.txt", "datasets": None},
        {"https://example.org/newstest2019-ref.swa.txt": text(TOY)},
        languages="swh",
        expected=(TOY,),
    ),
    "sacrebleu": Sample(
        "sacrebleu:wmt14/full/en-de",
        {
            WMT14.data[0]: tarred(
                {
                    name: sgm(kind, lines)
                    for name, kind, lines in zip(WMT14.langpairs["en-de"], ("src", "ref"), (ENGLISH, TOY), strict=True)
                }
            )
        },
        languages="en-de",
    ),
    "muse": Sample(
        "muse:dictionaries/1/en-de",
        {"https://dl.fbaipublicfiles.com/arrival/dictionaries/en-de.txt": table(["the", "of"], ["die", "von"])},
        languages="en-de",
        expected=(["the", "of"], ["die", "von"]),
    ),
    "freedict": Sample(
        "freedict:tables/1/en-cs",
        {"https://download.freedict.org/tables/eng-ces.tsv.gz": gzip.compress(table(["the", "of"], ["ten", "z"]))},
        languages="en-cs",
        expected=(["the", "of"], ["ten", "z"]),
    ),
    "opus, dictionary": Sample(
        "opus:QED/v2.0a/be-en@dic",
        {f"{OPUS}QED/v2.0a/dic/be-en.dic.gz": gzip.compress(b"12 0.9 dom house 1 1\n7 0.8 les forest 1 1\n")},
        languages="en-be",
        expected=(["house", "forest"], ["dom", "les"]),
    ),
    "url": Sample(
        {"id": "url:parliament/1/en-gl", "address": "https://example.org/p.tsv.xz", "format": "tsv",
         "columns": {"first": 1, "second": 0}},
        {"https://example.org/p.tsv.xz": lzma.compress(table(TOY, ENGLISH))},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAMPLES)
def test_a_source_fetches_and_reads_a_sample_in_its_servers_layout(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sample = SAMPLES[name]
    entry = {"id": sample.item} if isinstance(sample.item, str) else {k: v for k, v in sample.item.items() if v}
    for address, data in sample.files.items():
        target = tmp_path / "server" / address.split("://")[1]
        target.parent.mkdir(parents=True)
        target.write_bytes(data)
    monkeypatch.setattr(WMT14, "md5", [hashlib.md5(data).hexdigest() for data in sample.files.values()])
    entry["sha256"] = hashlib.sha256(next(iter(sample.files.values()))).hexdigest()
    with served(tmp_path / "server") as address:
        item, mirrors = Item.model_validate(entry), {"https://": f"{address}/", "http://": f"{address}/"}
        source, languages = SOURCES[item.dataset.source], codes(sample.languages)
        (resource,) = source.resources(item, languages)
        settings = Fetching(mode="locked", mirrors=mirrors, mirror=None, datasets=[(item, languages)])
        manifest = fetch(settings, Need(resource, settings.datasets))
    assert manifest["bytes"] == Path(resource.path).stat().st_size and manifest["url"].startswith(address)
    item = as_read(item)  # what a job that reads it is told
    if item.record.kind == "dictionary":
        (table,) = tables_of([item], sample.languages)
        assert read_table(table, sample.languages).entries == list(zip(*sample.expected, strict=True))
        return
    drops = Drops()
    batches = list(source.read(item, languages, drops))
    columns = ("first", "second")[: len(languages)]
    assert tuple([v for b in batches for v in b[column].to_pylist()] for column in columns) == sample.expected
    for column, values in sample.scores.items():
        assert [v for batch in batches for v in batch[column].to_pylist()] == values
    assert not drops.counts


@pytest.mark.parametrize("asked", ["en-gl", "gl-en"])
@pytest.mark.parametrize(
    ("name", "data", "more"),
    [
        ("t.tsv", table(TOY, ENGLISH), {"format": "tsv"}),
        ("t.zip", zipped({"a": text(TOY), "b": text(ENGLISH)}), {"members": ["a", "b"]}),
    ],
)
def test_own_tables_have_their_sides_in_the_order_of_the_id(name, data, more, asked, tmp_path):
    (tmp_path / name).write_bytes(data)
    item = Item(id="file:mine/1/gl-en", address=str(tmp_path / name), **more)
    (batch,) = SOURCES["file"].read(item, codes(asked), Drops())
    sides = (ENGLISH, TOY) if asked == "en-gl" else (TOY, ENGLISH)
    assert (batch["first"].to_pylist(), batch["second"].to_pylist()) == sides


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (
            {"format": "tsv", "columns": {"en": 0, "gl": 1}},
            "columns has en, gl; name first and second, in",
        ),
        ({"columns": {"first": 0, "second": 1}}, "1 file for 2 languages; say its format: tsv, tmx or parquet"),
        ({"format": "tvs"}, "unknown format 'tvs'; did you mean 'tsv'?"),
    ],
)
def test_a_form_that_does_not_do_is_named(item, message, tmp_path):
    (tmp_path / "t.tsv").write_bytes(table(ENGLISH, TOY))
    made = Item(id="file:mine/1/en-gl", address=str(tmp_path / "t.tsv"), **item)
    with pytest.raises(UserError, match=message.replace("?", r"\?")):
        list(SOURCES["file"].read(made, codes("en-gl"), Drops()))


def test_a_misspelt_version_is_no_other_test_set():
    with pytest.raises(UserError, match="wmt14/ful.*did you mean 'wmt14/full'"):
        SOURCES["sacrebleu"].resources(Item(id="sacrebleu:wmt14/ful/en-de"), codes("en-de"))


def test_no_source_is_without_a_sample():
    assert set(NAMES) - {name.split(",")[0] for name in SAMPLES} == {"file", "gettext"}  # these have tests of their own
