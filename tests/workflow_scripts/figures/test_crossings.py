"""Crossings of curves, all worked out by hand."""

import pandas as pd
import pytest

from workflow_scripts.figures.crossings import crossing, crossings, last_change, over_seeds

MISSING: dict[int, float] = {}
BASELINE = {100: 5.0, 200: 4.0, 300: 3.0, 400: 2.5}


def curve(values):
    return pd.Series(values, dtype=float)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({100: 6.0, 200: 4.5, 300: 2.8, 400: 2.0}, 200 + 100 * 0.5 / 0.7),  # +1, +0.5, -0.2, -0.5
        ({100: 4.5, 200: 4.5, 300: 3.3, 400: 2.4}, 300 + 100 * 0.3 / 0.4),  # twice: -0.5, +0.5, +0.3, -0.1
        ({100: 4.5, 200: 3.5, 300: 2.5, 400: 2.6}, None),  # better, and worse in the end
        ({100: 6.0, 200: 5.0, 300: 4.0, 400: 3.0}, None),  # never better
        ({100: 6.0, 200: 3.0, 300: 2.0, 400: 2.5}, None),  # equal in the end
        ({100: 4.0, 200: 3.0, 300: 2.0, 400: 2.0}, 100),  # always
        ({100: 6.0, 200: 4.0, 300: 2.0, 400: 2.0}, 200),  # equal at an evaluation
        ({200: 4.5, 300: 2.8}, 200 + 100 * 0.5 / 0.7),  # ends earlier
        (
            {100: 6.0, 200: 4.5, 300: 2.8, 400: 2.0, 500: 9.0},
            200 + 100 * 0.5 / 0.7,
        ),  # gets worse after the baseline's end
        ({500: 1.0}, None),  # no update in common
        ({}, None),
    ],
)
def test_a_curve_is_better_from_its_last_crossing_on_up_to_the_end_of_the_shorter_one(values, expected):
    found = crossing(curve(values), curve(BASELINE), 1)
    assert found == (expected if expected is None else pytest.approx(expected))
    turned = crossing(-curve(values), -curve(BASELINE), -1)  # of which the higher is better
    assert turned == found


def test_between_evaluations_curves_are_straight_lines_also_where_they_are_evaluated_at_other_updates():
    # At 200, 300 and 400 the baseline is 4, 3, 2.8 and the curve 4.5, 3.25, 2: +0.5, +0.25, -0.8.
    found = crossing(curve({200: 4.5, 400: 2.0}), curve({100: 5.0, 300: 3.0, 500: 2.6}), 1)
    assert found == pytest.approx(300 + 100 * 0.25 / 1.05)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({200: 5.0, 400: 4.0, 600: 3.5, 800: 3.2, 1000: 3.0}, -1.0),  # -0.2 in 200 updates
        ({500: 4.0, 1000: 3.0}, -2.0),  # 3.4 at update 800
        ({900: 3.0, 1000: 3.1}, None),
        ({1000: 3.0}, None),
        ({}, None),
    ],
)
def test_the_change_at_the_end_is_that_of_the_last_fifth_for_a_thousand_updates(values, expected):
    found = last_change(curve(values))
    assert found == (expected if expected is None else pytest.approx(expected))


def rows(model, baseline, seed, losses, bleu=None):
    return [
        {
            "model": model,
            "baseline": baseline,
            "seed": seed,
            "update": u,
            "dev_loss": v,
            "dev_bleu": (bleu or {}).get(u),
        }
        for u, v in losses.items()
    ]


def test_of_several_seeds_the_mean_counts_at_updates_that_all_have():
    data = pd.DataFrame(rows("m", None, 1, {100: 5.0, 200: 3.0, 300: 2.0}) + rows("m", None, 2, {100: 4.0, 200: 3.5}))
    found = over_seeds(data, "dev_loss")
    assert found.index.tolist() == [100, 200]
    assert found["mean"].tolist() == [4.5, 3.25]
    assert found.low.tolist() == [4.0, 3.0] and found.high.tolist() == [5.0, 3.5]
    assert over_seeds(data, "dev_bleu").empty


def test_a_table_has_the_crossings_of_each_model_with_its_baseline():
    better = {100: 6.0, 200: 4.5, 300: 2.8, 400: 2.0}
    data = pd.DataFrame(
        rows("base", None, 1, BASELINE, {100: 1.0, 400: 9.0})
        + rows("ours", "base", 1, better, {100: 0.0, 400: 11.0})  # -1, +2
        + rows("other", "base", 1, {100: 6.5, 200: 5.0, 300: 4.0, 400: 3.0})
        + rows("other", "base", 2, {100: 5.5, 200: 5.0, 300: 4.0, 400: 3.0})
        + rows("apart", None, 1, {100: 5.0}) + rows("apart", None, 2, {200: 5.0})
    )  # fmt: skip
    found = crossings(data).set_index("model")
    assert found.dev_loss_from["ours"] == pytest.approx(200 + 100 * 0.5 / 0.7)
    assert found.dev_bleu_from["ours"] == 200  # -1 + 3 * 100 / 300 = 0
    assert found.loc["base", ["baseline", "dev_loss_from", "dev_bleu_from"]].isna().all()
    assert found.loc["other", ["dev_loss_from", "dev_bleu_from"]].isna().all()
    assert found.seeds.tolist() == [1, 1, 2, 2] and found.baseline["other"] == "base"
    assert found.updates["ours"] == 400 and found.dev_loss["ours"] == 2.0
    assert found.change["ours"] == pytest.approx(-0.8 / 100 * 1000)  # 2.64 at update 320, so -0.64 in 80
    assert found.loc["apart", ["updates", "dev_loss", "change"]].isna().all()
