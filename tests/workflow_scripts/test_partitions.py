"""Partitions are looked at before anything is sent."""

import pytest

from model.command import UserError
from workflow_scripts.partitions import check_partitions, known_partitions


@pytest.fixture
def sinfo(tmp_path, monkeypatch):
    def answer(script: str):
        command = tmp_path / "sinfo"
        command.write_text("#!/bin/sh\n" + script)
        command.chmod(0o755)

    monkeypatch.setenv("PATH", str(tmp_path))
    return answer


def test_partitions_that_are_there_pass_one_or_several_a_rule(sinfo):
    sinfo('[ "$2" = --format=%R ] && echo short && echo long')
    check_partitions([("train", "long"), ("clean", "short,long")], known_partitions())


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            [("clean", "short"), ("train", "gpu")],
            r"train: this cluster has no partition gpu \(short, long\); set ",
        ),
        ([("clean", "short,fast")], "clean: this cluster has no partition fast"),
        ([("clean", None)], r"clean: no partition; set slurm_partition in the profile.*\(there are short, long\)"),
    ],
)
def test_others_are_one_line(asked, said):
    with pytest.raises(UserError, match=said) as error:
        check_partitions(asked, ["short", "long"])
    assert "\n" not in str(error.value)


def test_no_slurm_is_one_line(sinfo):
    with pytest.raises(UserError, match="sinfo: not found; start a profile with"):
        known_partitions()
    sinfo("echo slurm_load_partitions: Unable to contact slurm controller >&2; exit 1")
    with pytest.raises(UserError, match="sinfo: slurm_load_partitions: Unable to contact slurm controller; "):
        known_partitions()
