"""Partitions are looked at before anything is sent."""

import pytest

from model.command import UserError
from workflow_scripts.jobs.partitions import Asked, check_partitions, known_partitions


@pytest.fixture
def sinfo(tmp_path, monkeypatch):
    def answer(script: str):
        command = tmp_path / "sinfo"
        command.write_text("#!/bin/sh\n" + script)
        command.chmod(0o755)

    monkeypatch.setenv("PATH", str(tmp_path))
    return answer


def test_partitions_that_are_there_pass_one_or_several_a_rule(sinfo):
    sinfo("""test "$2" = "--format=%R %G" && /bin/cat <<'END'
short (null)
long (null)
long shard:4,gpu:h100:4(S:0)
END
""")
    known = known_partitions()
    assert known == {"short": False, "long": True}
    check_partitions([Asked("train", "long", gpus=1), Asked("clean", "short,long")], known)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            [Asked("clean", "short"), Asked("train", "gpu")],
            r"train: this cluster has no partition gpu \(short, long\); set ",
        ),
        ([Asked("clean", "short,fast")], "clean: this cluster has no partition fast"),
        (
            [Asked("clean", None)],
            r"clean: no partition; set slurm_partition in the profile.*\(there are short, long\)",
        ),
        (
            [Asked("train", "long,short", gpus=2)],
            r"train: no machine of the partition short has a GPU; set .* that has \(long\), or gpu: 0",
        ),
    ],
)
def test_others_are_one_line(asked, said):
    with pytest.raises(UserError, match=said) as error:
        check_partitions(asked, {"short": False, "long": True})
    assert "\n" not in str(error.value)


def test_no_slurm_is_one_line(sinfo):
    with pytest.raises(UserError, match="sinfo: not found; start a profile with"):
        known_partitions()
    sinfo("echo slurm_load_partitions: Unable to contact slurm controller >&2; exit 1")
    with pytest.raises(UserError, match="sinfo: slurm_load_partitions: Unable to contact slurm controller; "):
        known_partitions()
