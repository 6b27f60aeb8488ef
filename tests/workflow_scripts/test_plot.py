from matplotlib import pyplot

from workflow_scripts.plot import draw

LOSS = [{"update": 10, "dev_loss": 3.0}, {"update": 20, "dev_loss": 2.0}, {"update": 30, "dev_loss": 2.5}]


def drawn(tmp_path, curves):
    pyplot.close("all")
    draw(curves, tmp_path / "curves")
    return pyplot.gcf().axes


def points(axis):
    return [[float(x) for x in axis.lines[0].get_ydata()], float(axis.lines[1].get_ydata()[0])]


def test_a_column_a_system_a_line_a_model_and_its_best_point(tmp_path):
    axes = drawn(tmp_path, {"mrasp": LOSS, "direct/en-gl": LOSS[:2], "direct/gl-en": LOSS[1:]})
    assert [axis.get_title() for axis in axes] == ["mrasp", "direct"]
    assert points(axes[0]) == [[3.0, 2.0, 2.5], 2.0]
    assert [text.get_text() for text in axes[1].get_legend().get_texts()] == ["en-gl", "gl-en"]
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_a_second_row_shows_dev_bleu_where_a_model_has_one(tmp_path):
    with_bleu = [{**row, "dev_bleu": bleu} for row, bleu in zip(LOSS, (1.0, 5.0, 4.0), strict=True)]
    axes = drawn(tmp_path, {"mrasp": with_bleu, "direct": LOSS})
    assert [axis.get_ylabel() for axis in axes] == ["dev loss (nats a subword)", "", "dev BLEU, greedy", ""]
    assert points(axes[2]) == [[1.0, 5.0, 4.0], 5.0]
    assert not axes[3].lines


def test_the_same_curves_give_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        draw({"mrasp": LOSS}, tmp_path / name / "curves")
    assert len({(tmp_path / name / "curves.svg").read_bytes() for name in ("a", "b")}) == 1
