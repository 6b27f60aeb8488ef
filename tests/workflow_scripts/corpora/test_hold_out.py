import pytest

from model.command import UserError
from model.text.lines import read_lines, write_lines
from tests.workflow_scripts.pairs import write_pairs
from tests.workflow_scripts.planned import plan_of, settings_file
from workflow_scripts.corpora import hold_out as module
from workflow_scripts.corpora.hold_out import hold_out, pivot
from workflow_scripts.plan.text_settings import RULES
from workflow_scripts.text.files import Pairs
from workflow_scripts.text.matching import matching_key, rank


def study(test=3, dev=2, min_words=2, seed=1):
    return {
        "study": "s",
        "seed": seed,
        "corpora": ["gettext:p/1"],
        "pairs": {"all": ["en-gl", "en-pt"]},
        "testsets": {
            "test": {"source": "held_out", "segments": test, "min_words": min_words},
            "dev": {"source": "held_out", "segments": dev, "min_words": min_words},
        },
        "runs": {"r": {"train_on": "all"}},
    }


def settings(**changes):
    return RULES["hold_out"](plan_of(study(**changes)))


def texts(gl=range(8), pt=range(4, 20)):
    return {
        "en-gl": [(f"open file {i}", f"abrir ficheiro {i}") for i in gl],
        "en-pt": [(f"open file {i}", f"abrir arquivo {i}") for i in pt],
    }


def test_each_pair_gets_the_segments_with_the_smallest_hashes():
    found = hold_out(texts(), settings())
    ranked = {
        pair: sorted((s for s, _ in rows), key=lambda s: rank(matching_key(s), 1)) for pair, rows in texts().items()
    }
    expected = set(ranked["en-gl"][:3]) | set(ranked["en-pt"][:3])
    assert set(found["test"]["en"]) == expected
    assert all(set(found["test"]["en"]) >= set(some[:3]) for some in ranked.values())


def test_lines_of_all_languages_stand_beside_each_other_with_holes():
    found = hold_out(texts(), settings())["test"]
    assert {len(lines) for lines in found.values()} == {len(found["en"])}
    for english, galician, portuguese in zip(found["en"], found["gl"], found["pt"], strict=True):
        number = int(english.split()[-1])
        assert galician == (f"abrir ficheiro {number}" if number < 8 else "")
        assert portuguese == (f"abrir arquivo {number}" if number >= 4 else "")


def test_dev_and_test_sets_share_no_segment_even_across_pairs():
    found = hold_out(texts(), settings())
    assert not set(found["test"]["en"]) & set(found["dev"]["en"])


def test_the_order_of_the_text_does_not_matter_and_the_seed_does():
    backwards = {pair: rows[::-1] for pair, rows in texts().items()}
    assert hold_out(texts(), settings()) == hold_out(backwards, settings())
    assert hold_out(texts(), settings()) != hold_out(texts(), settings(seed=2))


def test_variants_of_one_segment_count_once():
    rows = {"en-gl": [("Open it!", "Ábreo!"), ("open it", "ábreo"), ("OPEN IT.", "ÁBREO.")], "en-pt": texts()["en-pt"]}
    with pytest.raises(UserError, match="en-gl has 1 segments"):
        hold_out(rows, settings())


def test_too_few_segments_are_an_error_that_says_what_to_do():
    with pytest.raises(UserError, match="testsets.test: en-gl has 2 segments.*3 are wanted; lower segments"):
        hold_out(texts(gl=range(2)), settings())
    with pytest.raises(UserError, match="has 0 segments of at least 9 words"):
        hold_out(texts(), settings(min_words=9))


def test_rows_in_files_give_what_rows_in_memory_give_on_any_number_of_cores(tmp_path):
    files = {}
    for pair, rows in texts().items():
        write_pairs(tmp_path / f"{pair}.parquet", pair, [(*row, "c") for row in rows])
        files[pair] = Pairs(tmp_path / f"{pair}.parquet", pair)
    expected = hold_out(texts(), settings())
    assert hold_out(files, settings()) == hold_out(files, settings(), threads=2) == expected


def test_a_long_text_is_gone_through_in_pieces(monkeypatch):
    expected = hold_out(texts(), settings())
    monkeypatch.setattr(module, "ROWS", 3)
    assert hold_out(texts(), settings()) == expected


def test_of_segments_with_one_normal_form_the_first_in_order_is_held_out():
    rows = [("open file 1", "a"), ("Open file 1!", "b"), ("Open", "c")]
    for order in (rows, rows[::-1]):
        found = hold_out({"en-gl": order, "en-pt": order}, settings(test=1, dev=1, min_words=1))
        assert {*found["test"]["en"], *found["dev"]["en"]} == {"Open file 1!", "Open"}


def test_named_test_sets_are_left_to_others():
    mixed = study()
    mixed["testsets"]["test"] = "flores200:lohelp/7.4@dev"
    assert list(hold_out(texts(), RULES["hold_out"](plan_of(mixed)))) == ["dev"]


def test_what_stands_in_a_named_set_is_held_out_for_no_other_in_whatever_language(tmp_path):
    mixed = study(dev=5, min_words=1)
    mixed["testsets"]["test"] = "flores200:lohelp/7.4@dev"
    named = ["Open file 1.", "open file 2"], ["ABRIR FICHEIRO 3!", "abrir arquivo 5"]
    taken = frozenset(matching_key(line) for lines in named for line in lines)
    found = hold_out(texts(), RULES["hold_out"](plan_of(mixed)), taken=taken)["dev"]
    assert not {matching_key(line) for lines in found.values() for line in lines} & taken
    assert len(found["en"]) >= 5 and "open file 3" not in found["en"]
    # Of a segment that two pairs have, only the translation in the other set is left out.
    assert all(
        bool(pt) == (gl != "abrir ficheiro 5")
        for gl, pt in zip(found["gl"], found["pt"], strict=True)
        if gl[-1:] == "5"
    )
    with pytest.raises(UserError, match="that no other set took"):
        hold_out(texts(gl=range(4)), RULES["hold_out"](plan_of(mixed)), taken=taken)


def test_two_held_out_sets_share_no_translation_either():
    rows = [(f"open file {i}", f"abrir {i % 6}") for i in range(12)]
    found = hold_out({"en-gl": rows, "en-pt": rows}, settings(test=3, dev=3))
    assert not set(found["test"]["gl"]) & set(found["dev"]["gl"])


@pytest.mark.parametrize("pair", ["ja-zh_Hans", "ja-vi", "th-vi", "km-lo", "my-zh_Hant", "bo-en", "en-yue"])
def test_pairs_without_spaces_hold_out_with_the_defaults(pair):
    lines = {"ja": "会議は{}月に開かれます", "vi": "cuộc họp được tổ chức vào tháng {}", "th": "การประชุมจัดขึ้นในเดือน{}"}
    lines |= {"km": "កិច្ចប្រជុំធ្វើឡើងនៅខែ{}", "lo": "ກອງປະຊຸມຈັດຂຶ້ນໃນເດືອນ{}", "my": "အစည်းအဝေးကို{}လတွင်ကျင်းပသည်"}
    lines |= {"bo": "ཚོགས་འདུ་ཟླ་{}པར་འཚོགས།", "en": "the meeting is held in month {}"}
    lines |= dict.fromkeys(("zh_Hans", "zh_Hant", "yue"), "會議在{}月舉行")
    defaults = {"study": "s", "corpora": ["gettext:p/1"], "pairs": {"all": [pair]}, "runs": {"r": {"train_on": "all"}}}
    first, second = pair.split("-") if pivot(pair) == pair.split("-")[0] else reversed(pair.split("-"))
    rows = [(lines[first].format(i), lines[second].format(i)) for i in range(700)]
    found = hold_out({pair: rows}, RULES["hold_out"](plan_of(defaults)))
    assert {name: len(testset[first]) for name, testset in found.items()} == {"test": 400, "dev": 200}


def test_the_command_leaves_alone_what_named_sets_have(tmp_path, monkeypatch):
    for pair, rows in texts().items():
        write_pairs(tmp_path / "cleaned" / f"{pair}.parquet", pair, [(*row, "c") for row in rows])
    write_lines(tmp_path / "testsets" / "flores" / "gl.txt", ["abrir ficheiro 1"])
    arguments = [settings_file(study(), "hold_out", folder=tmp_path), tmp_path / "cleaned", tmp_path / "testsets"]
    arguments += ["--named", tmp_path / "testsets" / "flores"]
    monkeypatch.setattr("sys.argv", ["hold_out", "--settings", *map(str, arguments)])
    module.main()
    assert "abrir ficheiro 1" not in read_lines(tmp_path / "testsets" / "test" / "gl.txt")


def test_the_command_writes_a_folder_a_set_in_place_of_what_was_there(tmp_path, monkeypatch):
    for pair, rows in texts().items():
        write_pairs(tmp_path / "cleaned" / f"{pair}.parquet", pair, [(*row, "c") for row in rows])
    write_lines(tmp_path / "testsets" / "dev" / "eu.txt", ["of a language that the study no longer has"])
    arguments = [settings_file(study(), "hold_out", folder=tmp_path), tmp_path / "cleaned", tmp_path / "testsets"]
    monkeypatch.setattr("sys.argv", ["hold_out", "--settings", *map(str, arguments)])
    module.main()
    for name, lines in hold_out(texts(), settings()).items():
        folder = tmp_path / "testsets" / name
        assert {path.stem: read_lines(path) for path in folder.iterdir()} == lines and lines.keys() == {
            "en",
            "gl",
            "pt",
        }
    assert {path.name for path in (tmp_path / "testsets").iterdir()} == {"test", "dev"}
