"""Text comes back from the ids of learned subwords as it was."""

import pyarrow as pa
import pytest

from model.text.lines import normalised
from model.text.segmenters import segmenter
from model.text.tokenizer import Tokenizer
from tests.model.text.sentences import sentences
from workflow_scripts.settings.subwords import Bpe, Learned, SentencePiece
from workflow_scripts.subwords.counts import SCHEMA, WordCounts
from workflow_scripts.subwords.learn_subwords import learn
from workflow_scripts.text.files import write_batches

SCRIPTS = {
    "am": "Ethi", "bn": "Beng", "bo": "Tibt", "en": "Latn", "fa": "Arab", "hi": "Deva", "km": "Khmr", "my": "Mymr",
    "ru": "Cyrl", "sat": "Olck", "th": "Thai",
}  # fmt: skip
LINES = {code: list(map(normalised, sentences(script, 60))) for code, script in SCRIPTS.items()}
BPE = Bpe(merges=400, min_count=1, max_size=100_000)
SENTENCEPIECE = SentencePiece(size=4500, algorithm="bpe", character_coverage=1, normalisation="identity")


@pytest.mark.parametrize("default", ["words", "messages", "spaces"])
@pytest.mark.parametrize("method", [BPE, SENTENCEPIECE], ids=lambda method: method.kind)
def test_every_line_comes_back_from_its_ids(tmp_path, method, default):
    segmenters, counts = {"default": default}, WordCounts(10**6)
    for code, lines in LINES.items():
        rules = segmenter(code, segmenters)
        for word in (word for line in lines for word in rules.split(line, code)):
            counts.counts[word] = counts.counts.get(word, 0) + 1
    write_batches(tmp_path / "x.parquet", SCHEMA, counts.batches("en"))
    settings = Learned(texts=["x"], languages=list(LINES), segmenters=segmenters, method=method)
    learn(settings, tmp_path, tmp_path)
    tokenizer = Tokenizer(tmp_path)
    for code, lines in LINES.items():
        ids = tokenizer.encode_lines(pa.array(lines), code)
        assert [tokenizer.decode(row, code) for row in ids] == lines
