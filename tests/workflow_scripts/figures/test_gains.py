import pandas as pd

from workflow_scripts.figures.gains import draw

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
    assert axis.get_ylabel() == "tokenised bleu"


def test_bars_of_a_group_stand_side_by_side():
    (axis,) = draw(DATA).axes
    direct, mrasp = ([bar.get_x() + bar.get_width() for bar in bars] for bars in axis.containers)
    assert direct[0] == 0 and abs(mrasp[0] - 0.4) < 1e-9
