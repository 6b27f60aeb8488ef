"""COMET with the interface of sacreBLEU's metrics: a score for each segment, and their mean."""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from sacrebleu.metrics.base import Metric, Score, Signature

from model.command import UserError


class _CometSignature(Signature):
    def __init__(self, args: dict[str, Any]) -> None:
        super().__init__(args)
        self.info.update({"comet": args["version"], "model": args["digest"]})


class Comet(Metric):
    """COMET. The statistics of a segment are 100 times its score, and 1.

    It runs on the CPU, so that scores do not depend on whether a machine has a GPU. Nothing is fetched.
    """

    _SIGNATURE_TYPE = _CometSignature

    def __init__(self, sources: Sequence[str], checkpoint: str) -> None:
        super().__init__()
        try:
            import comet
        except ImportError:
            raise UserError("metric comet: its library is not installed; pip install 'mrasp-workflow[comet]'") from None
        self.sources, self.model = sources, comet.load_from_checkpoint(checkpoint)
        self.version = getattr(comet, "__version__", "unknown")
        with open(checkpoint, "rb") as file:
            self.digest = hashlib.file_digest(file, "sha256").hexdigest()[:16]

    def _extract_corpus_statistics(
        self, hypotheses: Sequence[str], references: Sequence[Sequence[str]] | None
    ) -> list[list[float]]:
        assert references
        self.num_refs = 1
        keys = ("src", "mt", "ref")
        rows = [dict(zip(keys, row, strict=True)) for row in zip(self.sources, hypotheses, references[0], strict=True)]
        predicted = self.model.predict(rows, batch_size=16, gpus=0, progress_bar=False)
        return [[100 * float(score), 1.0] for score in predicted.scores]

    def _compute_score_from_stats(self, stats: Sequence[float]) -> Score:
        return Score("COMET", float(stats[0]) / float(stats[1]))

    def _aggregate_and_compute(self, stats: Sequence[Sequence[float]]) -> Score:
        return self._compute_score_from_stats(np.sum(np.asarray(stats), axis=0))

    # sacreBLEU calls these of metrics that process one segment at a time.
    def _preprocess_segment(self, sent: str) -> str:
        return sent

    def _extract_reference_info(self, refs: Sequence[str]) -> dict[str, Any]:
        return {"reference": refs[0]}

    def _compute_segment_statistics(self, hypothesis: str, ref_kwargs: dict[str, Any]) -> list[float]:
        raise NotImplementedError
