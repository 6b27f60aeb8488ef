import pandas as pd

from workflow_scripts.figures.pruning import draw


def test_a_line_a_run_of_mean_drops_over_languages_and_directions():
    drops = {"mmt": {0.0: (0, 0, 0, 0), 0.3: (1, 2, 3, 6)}, "cd_id": {0.0: (0, 0, 0, 0), 0.3: (0, 0, 1, 1)}}
    rows = [
        {"run": run, "language": code, "ratio": ratio, "metric": "sacrebleu", "drop": drop}
        for run, of_run in drops.items()
        for ratio, values in of_run.items()
        for code, drop in zip(("gl", "gl", "pt", "pt"), values, strict=True)
    ]
    (axis,) = draw(pd.DataFrame(rows)).axes
    found = {line.get_label(): line.get_xydata().tolist() for line in axis.lines}
    assert found == {"mmt": [[0, 0], [30, 3]], "cd_id": [[0, 0], [30, 0.5]]}
    assert axis.get_ylabel() == "drop in sacrebleu, mean over directions"
