"""Score translations.

`python -m workflow_scripts.score --study … --run mrasp_ft/en-gl --testset DIR --text DIR en-gl hypotheses.txt out.json`

A metric is a row of METRICS. Every score carries a signature that says how it was computed, and a 95% confidence
interval by bootstrap resampling with a fixed seed.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from sacrebleu.metrics import BLEU, CHRF
from sacrebleu.metrics.chrf import CHRFScore

from model.command import UserError, parser, run
from model.config import write_json
from model.lines import read_lines
from model.segmenters import segmenter, segmenter_name
from workflow_scripts.languages import pair_of
from workflow_scripts.plan import trained_models
from workflow_scripts.study import read_study

RESAMPLES = 1000

# What sacreBLEU tokenises in its own way; the others take its default.
SACREBLEU_TOKENIZERS = {
    "ja": "ja-mecab",
    **dict.fromkeys(("gan", "hak", "lzh", "wuu", "yue", "zh"), "zh"),
    **dict.fromkeys(("bo", "dz", "km", "ko", "lo", "my", "shn", "th"), "char"),
}


def tokenised_bleu(hypotheses: list[str], references: list[str], language: str) -> dict[str, Any]:
    """Case-sensitive BLEU over words (mRASP, section 3.1), both sides split alike.

    Words are those of the language's default segmenter, whatever a study trains with, so that studies can be compared.
    """
    split = segmenter(language, {}).split
    words = [[" ".join(split(line, language)) for line in lines] for lines in (hypotheses, references)]
    name = segmenter_name(language, {})
    return _scored(BLEU(tokenize="none", force=True), words[0], words[1], f"|words:{name}")


def sacrebleu(hypotheses: list[str], references: list[str], language: str) -> dict[str, Any]:
    """BLEU of plain text, as sacreBLEU tokenises it (Post 2018)."""
    return _scored(BLEU(tokenize=SACREBLEU_TOKENIZERS.get(language.split("_")[0], "13a")), hypotheses, references)


def chrf(hypotheses: list[str], references: list[str], language: str) -> dict[str, Any]:
    """Character n-gram F-score of plain text (Popović 2015)."""
    return _scored(_ChrF(), hypotheses, references)


class _ChrF(CHRF):
    """sacreBLEU's own, whose scores are floats where nothing matches and float32 otherwise: no mean of both exists."""

    def _compute_score_from_stats(self, stats: list[int]) -> CHRFScore:
        score = super()._compute_score_from_stats(stats)
        score.score = float(score.score)
        return score


def _scored(metric: BLEU | CHRF, hypotheses: list[str], references: list[str], signature: str = "") -> dict[str, Any]:
    result = metric.corpus_score(hypotheses, [references], n_bootstrap=RESAMPLES)
    mean, half = float(result._mean), float(result._ci)  # sacreBLEU gives them no public name
    return {
        "score": round(result.score, 4),
        "ci_low": round(mean - half, 4),
        "ci_high": round(mean + half, 4),
        "signature": str(metric.get_signature()) + signature,
    }


Metric = Callable[[list[str], list[str], str], dict[str, Any]]
METRICS: dict[str, Metric] = {f.__name__: f for f in (sacrebleu, tokenised_bleu, chrf)}


def scored_lines(testset: Path, direction: str, path: Path) -> tuple[list[str], list[str]]:
    """Hypotheses and references of the segments that a test set has in both languages of a direction.

    Raises UserError where the translations do not stand line by line beside the test set.
    """
    sources, references = (read_lines(testset / f"{code}.txt") for code in direction.split("-"))
    hypotheses = read_lines(path)
    if len(hypotheses) != len(references):
        raise UserError(f"{path}: {len(hypotheses)} lines, the test set has {len(references)}; translate again")
    rows = [(h, r) for s, r, h in zip(sources, references, hypotheses, strict=True) if s and r]
    return [h for h, _ in rows], [r for _, r in rows]


def main() -> None:
    """Score one direction of one test set by all metrics."""
    arguments = parser(__doc__)
    arguments.add_argument("--study", required=True)
    arguments.add_argument("--run", required=True)
    arguments.add_argument("--testset", type=Path, required=True)
    arguments.add_argument(
        "--text", type=Path, required=True, help="folder with {pair}.parquet, to count training pairs"
    )
    arguments.add_argument("direction")
    arguments.add_argument("hypotheses", type=Path)
    arguments.add_argument("output", type=Path)
    options = arguments.parse_args()
    study, (source, target) = read_study(options.study), options.direction.split("-")
    hypotheses, references = scored_lines(options.testset, options.direction, options.hypotheses)
    scores = {name: metric(hypotheses, references, target) for name, metric in METRICS.items()}
    about = {
        "system": trained_models(study)[options.run].system,
        "source": source,
        "target": target,
        "test_set": options.testset.name,
        "run": options.run,
        "train_pairs": pq.read_metadata(options.text / f"{pair_of(options.direction)}.parquet").num_rows,
        "segments": len(references),
    }
    write_json(options.output, {**about, "scores": scores})


if __name__ == "__main__":
    run(main)
