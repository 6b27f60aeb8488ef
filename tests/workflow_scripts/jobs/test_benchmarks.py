import json

import pytest

from workflow_scripts.jobs.benchmarks import Cost, costs, gpus_used

HEADER = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"


def write(folder, job, *rows):
    """rows: (seconds, megabytes, seconds of the processor)."""
    path = folder / f"{job}.tsv"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (f"{s}\t0:00:01\t{rss}\t1\t1\t1\t0\t0\t50\t{cpu}\n" for s, rss, cpu in rows)
    path.write_text(HEADER + "".join(lines))


def test_jobs_are_summed_by_rule_and_gpus_are_those_of_trainings(tmp_path):
    write(tmp_path, "train/mrasp", (7200, 1000, 3600))
    write(tmp_path, "train/direct/en-gl", (1800, 2000, 900))
    write(tmp_path, "translate/mrasp/test.en-gl", (36, 500, 18))
    write(tmp_path, "hold_out", (3600, 100, 7200), (1800, 50, 1800))
    found = costs(tmp_path, {"mrasp": 4, "direct/en-gl": 0})
    assert found == {
        "train": Cost(2, 2.5, 1.25, 8.0, pytest.approx(2.097152)),  # 2,000 MiB
        "hold_out": Cost(2, 1.5, 2.5, 0.0, pytest.approx(0.1048576)),
        "translate": Cost(1, 0.01, 0.005, 0.0, pytest.approx(0.524288)),
    }
    assert list(found) == ["train", "hold_out", "translate"], "the rule that took longest comes first"


def test_a_job_too_short_to_be_measured_counts_with_what_is_known(tmp_path):
    write(tmp_path, "clean/en-gl", ("0.4", "NA", "-"))
    assert costs(tmp_path, {}) == {"clean": Cost(1, 0.4 / 3600, 0.0, 0.0, 0.0)}


def test_nothing_is_said_of_a_study_without_benchmarks(tmp_path):
    assert costs(tmp_path / "benchmarks", {}) == {}


def test_gpus_are_those_of_the_last_row_of_the_metrics(tmp_path):
    rows = {"old": [{"update": 5}], "small": [{"gpus": 0}], "big": [{"gpus": 1}, {"gpus": 8}], "stopped": []}
    for model, metrics in rows.items():
        (tmp_path / model).mkdir()
        (tmp_path / model / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in metrics))
    assert gpus_used(tmp_path, rows) == {"old": 0, "small": 0, "big": 8, "stopped": 0}
