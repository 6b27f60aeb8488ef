import hashlib
from pathlib import Path

from workflow_scripts.evaluation.collect_scores import unchanged
from workflow_scripts.settings.evaluation import ScoreFiles


def test_a_score_file_that_changed_since_the_plan_is_left_out(tmp_path, capsys):
    names = ("default", "same", "changed", "gone")
    files = [str(tmp_path / name) for name in names]
    for path in files[:3]:
        Path(path).write_text(path)
    digests = {path: hashlib.sha256(path.encode()).hexdigest() for path in files[1:]}
    Path(files[2]).write_text("other")
    assert unchanged(ScoreFiles(files=files, digests=digests)) == files[:2]
    assert [line.split(": ")[1:2] for line in capsys.readouterr().err.splitlines()] == [[files[2]], [files[3]]]
