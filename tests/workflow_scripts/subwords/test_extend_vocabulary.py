import subprocess
import sys

import pytest

from model.text.vocabulary import Vocabulary
from tests import ROOT
from tests.workflow_scripts.planned import plan_of, settings_file
from tests.workflow_scripts.subwords.test_learn_subwords import SETTINGS, write_counts
from workflow_scripts.plan.text_settings import RULES
from workflow_scripts.subwords.learn_subwords import learn

PAIRS = {"pretrain": ["en-gl", "en-mt"], "downstream": ["en-gl", "en-eu", "en-pt"]}


def extended(tmp_path, **subwords):
    """(the learned vocabulary, its extension)."""
    study = {**SETTINGS, "pairs": PAIRS, "subwords": {"min_count": 1, "extend_min_count": 3, **subwords}}
    write_counts(tmp_path / "pretrain" / "en-gl.parquet", {"lower": 5, "lowest": 4})
    write_counts(tmp_path / "pretrain" / "en-mt.parquet", {"newest": 5})
    (tmp_path / "subwords").mkdir()
    learn(RULES["learn_subwords"](plan_of(study)).subwords, tmp_path / "pretrain", tmp_path / "subwords")
    told = settings_file(study, "extend_vocabulary", "downstream", folder=tmp_path)
    command = [sys.executable, "-m", "workflow_scripts.subwords.extend_vocabulary", "--settings", told]
    command += [tmp_path / "downstream", tmp_path / "subwords", tmp_path / "new.tsv"]
    done = subprocess.run(list(map(str, command)), cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return Vocabulary.read(tmp_path / "subwords" / "vocabulary.tsv"), Vocabulary.read(tmp_path / "new.tsv")


def test_old_rows_stay_and_frequent_pieces_of_new_pairs_are_added(tmp_path):
    write_counts(tmp_path / "downstream" / "en-eu.parquet", {"kñ": 2, "lower": 9})
    write_counts(tmp_path / "downstream" / "en-pt.parquet", {"kñ": 1, "õ": 2})
    old, new = extended(tmp_path, merges=8)
    assert new.pieces == [*old.pieces, "<lang:eu>", "<lang:pt>", "k@@", "ñ"]
    assert new.counts == [*old.counts, -1, -1, 3, 3]


@pytest.mark.parametrize("algorithm", ["unigram", "bpe"])
def test_a_vocabulary_of_sentencepiece_gains_tokens_of_languages_alone(tmp_path, algorithm):
    old, new = extended(tmp_path, kind="sentencepiece", size=11, algorithm=algorithm)
    assert new.pieces == [*old.pieces, "<lang:eu>", "<lang:pt>"]
