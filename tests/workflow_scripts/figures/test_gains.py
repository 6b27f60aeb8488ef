import pandas as pd

from tests.workflow_scripts.planned import plan_of
from workflow_scripts.figures.gains import draw, gains
from workflow_scripts.plan.result_settings import group_gains

STUDY = {
    "study": "s",
    "corpora": ["gettext:p/1"],
    "pairs": {"all": ["en-gl", "en-pt"]},
    "runs": {"direct": {"train_on": "all"}, "mrasp": {"train_on": "all"}},
    "tables": {
        "t": {"runs": ["direct", "mrasp"], "baseline": "direct", "groups": {"rich": ["en-pt"], "low": ["en-gl"]}}
    },
    "figures": {"f": {"kind": "gains", "table": "t", "runs": ["mrasp", "direct"]}},
}
CELLS = pd.DataFrame(
    [
        ("direct", "test", "sacrebleu", "low", 10.0, None, None),
        ("mrasp", "test", "sacrebleu", "low", 16.5, 6.5, None),
        ("mrasp", "test", "sacrebleu", "rich", 31.0, None, None),
        ("mrasp", "test", "sacrebleu", "mean", 24.0, 5.0, None),
        ("mrasp", "test", "sacrebleu", "en→gl", 16.0, 6.0, None),
        ("mrasp", "test", "chrf", "low", 50.0, 9.0, None),
        ("mrasp", "dev", "sacrebleu", "low", 51.0, 9.0, None),
        ("mrasp", "test", "sacrebleu", "low", 52.0, None, "a paper"),
    ],
    columns=["system", "test_set", "metric", "column", "score", "difference", "published"],
)


def test_groups_and_the_mean_in_the_order_of_the_study():
    found = gains(group_gains(plan_of(STUDY), "f"), CELLS)
    assert found[["group", "run", "score"]].to_numpy().tolist() == [
        ["rich", "mrasp", 31.0],
        ["low", "mrasp", 16.5],
        ["low", "direct", 10.0],
        ["mean", "mrasp", 24.0],
    ]
    assert found["difference"].tolist()[1] == 6.5


DATA = pd.DataFrame(
    [("Direct", "low", 10.0, None), ("mRASP", "low", 16.5, 6.5), ("mRASP", "rich", 31.0, None)],
    columns=["run", "group", "score", "difference"],
).assign(metric="tokenised_bleu")


def test_a_bar_a_system_and_group_with_its_gain_above():
    (axis,) = draw(DATA).axes
    assert [text.get_text() for text in axis.get_xticklabels()] == ["low", "rich"]
    heights = {bars.get_label(): [bar.get_height() for bar in bars] for bars in axis.containers}
    assert heights["mRASP"] == [16.5, 31.0] and heights["Direct"][0] == 10
    assert heights["Direct"][1] != heights["Direct"][1]  # a system without a score has no bar
    assert [text.get_text() for text in axis.texts if text.get_text()] == ["+6.5"]
    assert axis.get_ylabel() == "tokenised BLEU"


def test_bars_of_a_group_stand_side_by_side():
    (axis,) = draw(DATA).axes
    direct, mrasp = ([bar.get_x() + bar.get_width() for bar in bars] for bars in axis.containers)
    assert direct[0] == 0 and abs(mrasp[0] - 0.4) < 1e-9
