"""The metrics of translations: each is a row of METRICS.

All are metrics of sacreBLEU or have the same interface: statistics of each segment, and a score of their sums. So
confidence intervals and the tests of workflow_scripts/evaluation/significance.py work for all of them.
"""

import os
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sacrebleu.metrics import BLEU, CHRF
from sacrebleu.metrics.base import Metric
from sacrebleu.metrics.bleu import BLEUSignature
from sacrebleu.metrics.chrf import CHRFScore
from sacrebleu.tokenizers import tokenizer_spm

from model.command import UserError
from model.text.languages import canonical
from model.text.segmenters import segmenter, segmenter_name
from model.text.unspaced import SPACE, UNSPACED

# Script → tokenizer of sacreBLEU, for scripts without spaces between words. All other languages have its default, 13a,
# and so does Korean, which is written with spaces: sacreBLEU's ko-mecab needs a dictionary that is not installed here.
SACREBLEU_TOKENIZERS = {
    **dict.fromkeys(UNSPACED, "char"),  # sacreBLEU knows no words of most of these, so it counts characters
    **dict.fromkeys(("Hans", "Hant", "Hani"), "zh"),
    "Jpan": "ja-mecab",
}


class Scored(NamedTuple):
    """What a metric may need besides hypotheses and references."""

    language: str  # of the target
    sources: Sequence[str] = ()
    comet: str | None = None  # file of a COMET checkpoint; a study that has this metric has one


class _WordsSignature(BLEUSignature):
    def __init__(self, args: dict[str, Any]) -> None:
        super().__init__(args)
        self._words = args["words"]

    def format(self, short: bool = False) -> str:
        return f"{super().format(short)}|words:{self._words}"


class _BLEUOfWords(BLEU):
    """BLEU over words as mRASP has them: by Moses' rules, or by the segmenter of a language without spaces."""

    _SIGNATURE_TYPE = _WordsSignature

    def __init__(self, language: str) -> None:
        super().__init__(tokenize="none", force=True)
        self.language, self.words = language, segmenter_name(language, {"default": "moses"})
        self._split = segmenter(language, {"default": "moses"}).split

    def _preprocess_segment(self, sent: str) -> str:
        words = (word for word in self._split(sent, self.language) if word != SPACE)
        return super()._preprocess_segment(" ".join(words))


class _ChrF(CHRF):
    """sacreBLEU's chrF with every score a float. Its float32 and float scores could not be averaged."""

    def _compute_score_from_stats(self, stats: list[int]) -> CHRFScore:
        score = super()._compute_score_from_stats(stats)
        score.score = float(score.score)
        return score


def tokenised_bleu(scored: Scored) -> Metric:
    """Case-sensitive BLEU over words (mRASP, section 3.1).

    Words are those of Moses, or of the default segmenter of a language without spaces, also in studies that train with
    another, to be comparable.
    """
    return _BLEUOfWords(scored.language)


def sacrebleu(scored: Scored) -> Metric:
    """BLEU of plain text, tokenised by sacreBLEU (Post 2018). The signature names the tokenizer."""
    _, script, *_ = canonical(scored.language).split("_")
    return BLEU(tokenize=SACREBLEU_TOKENIZERS.get(script, "13a"))


def chrf(scored: Scored) -> Metric:
    """Character n-gram F-score of plain text (Popović 2015). Recall counts twice: sacreBLEU's chrF2."""
    return _ChrF()


def chrf_plus_plus(scored: Scored) -> Metric:
    """chrF with words and pairs of words too (Popović 2017): sacreBLEU's chrF2++."""
    return _ChrF(word_order=2)


def spbleu(scored: Scored) -> Metric:
    """BLEU over the pieces of FLORES-200's SentencePiece model (NLLB Team 2022), the same for all languages.

    Raises UserError if sacreBLEU does not have that model.
    """
    check(["spbleu"])
    return BLEU(tokenize="flores200")


def comet(scored: Scored) -> Metric:
    """COMET (Rei et al. 2020), times 100. Raises UserError without its library."""
    from workflow_scripts.metrics.comet import Comet

    return Comet(scored.sources, str(scored.comet))


class Row(NamedTuple):
    """A metric: its name in tables, and the function that makes it for some translations."""

    label: str
    make: Callable[[Scored], Metric]


METRICS = {
    "sacrebleu": Row("sacreBLEU", sacrebleu),
    "tokenised_bleu": Row("tokenised BLEU", tokenised_bleu),
    "chrf": Row("chrF2", chrf),
    "chrf++": Row("chrF2++", chrf_plus_plus),
    "spbleu": Row("spBLEU", spbleu),
    "comet": Row("COMET", comet),
}


def check(names: Sequence[str]) -> None:
    """Raise UserError for a metric that needs a missing file. Only the rule `fetch` may fetch files."""
    address = tokenizer_spm.SPM_MODELS["flores200"]["url"]
    path = os.path.join(tokenizer_spm.SACREBLEU_DIR, "models", os.path.basename(address))
    if "spbleu" in names and not os.path.exists(path):
        raise UserError(f"{path}: metric spbleu needs the SentencePiece model of FLORES-200 there; put {address} there")
