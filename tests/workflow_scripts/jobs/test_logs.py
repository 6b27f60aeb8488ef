import logging
import os

from workflow_scripts.jobs.logs import LONGEST_REASON, ShortReasons, errors_since


def test_errors_are_those_of_logs_written_since(tmp_path):
    for name, text, written in (
        ("clean/en-gl.log", "12 rows\nerror: no such file\n", 200),
        ("train/mrasp.log", "error: of an earlier run\n", 50),
        ("score/mrasp.log", "an error: in the middle is none\n", 200),
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        os.utime(path, (written, written))
    assert errors_since([tmp_path, tmp_path / "nowhere"], 100) == [f"{tmp_path}/clean/en-gl.log: error: no such file"]


def test_a_reason_that_lists_a_thousand_files_is_cut_and_others_stay():
    long, short = logging.makeLogRecord({"reason": "a, " * 1000}), logging.makeLogRecord({"reason": "Missing a"})
    plain = logging.makeLogRecord({"msg": "x" * 1000})
    assert all(map(ShortReasons().filter, (long, short, plain)))
    assert len(long.reason) == LONGEST_REASON and long.reason.endswith(" …")
    assert short.reason == "Missing a" and plain.msg == "x" * 1000
