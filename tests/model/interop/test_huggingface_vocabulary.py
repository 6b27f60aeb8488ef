import json

import pytest

from model.command import UserError
from model.interop.huggingface_vocabulary import TOKENIZER_CONFIG, vocabulary_of
from model.interop.import_huggingface import convert
from model.text.languages import first_of, short
from model.text.vocabulary import MASK_ID, SPECIALS
from tests.model.interop.folders import MODELS, copied, listed, settings


def test_all_their_languages_have_a_token():
    vocabulary, rows = vocabulary_of(MODELS / "nllb")
    assert len(vocabulary.languages()) == 202 and {"gl", "zh_Hans", "zh_Hant", "sr_Cyrl"} <= {*vocabulary.languages()}
    assert vocabulary.pieces[: len(SPECIALS)] == list(SPECIALS) and sorted(rows) == list(range(len(rows)))
    vocabulary, _ = vocabulary_of(MODELS / "mbart")
    assert len(vocabulary.languages()) == 52 and {"en", "zh_Hans", "azj", "swh", "pt"} <= {*vocabulary.languages()}


def test_tokens_without_their_rows_follow_the_pieces(tmp_path):
    """Older folders, such as those of NLLB-200 and mBART-50 themselves, list tokens of languages without rows."""
    folder = copied(tmp_path)
    before, rows_before = vocabulary_of(folder)
    settings(folder, TOKENIZER_CONFIG, added_tokens_decoder=None)
    assert vocabulary_of(folder)[1] == rows_before  # by added_tokens.json
    (folder / "added_tokens.json").unlink()
    vocabulary, rows = vocabulary_of(folder)
    assert vocabulary.pieces == before.pieces
    assert [rows[vocabulary.language_id(code)] for code in vocabulary.languages()] == list(range(121, 121 + 202))
    assert rows[MASK_ID] == 323  # after the languages
    settings(folder, "special_tokens_map.json", additional_special_tokens=None)
    with pytest.raises(UserError, match="special_tokens_map.json: additional_special_tokens: no token of a language"):
        vocabulary_of(folder)


@pytest.mark.parametrize(
    ("made_from", "version", "told", "asked"),
    [
        ("facebook/nllb-200-distilled-600M", "4.27.4", None, True),
        ("facebook/nllb-200-distilled-600M", "4.27.4", False, False),
        ("facebook/nllb-200-distilled-600M", "4.28.0", None, False),
        ("facebook/nllb-200-distilled-600M", "5.24.0", None, False),
        ("facebook/nllb-200-distilled-600M", None, None, True),
        (None, "4.21.0.dev0", None, False),  # the folders of NLLB-200 itself
    ],
)
def test_where_the_language_stands_in_sources_is_asked_of_old_fine_tunings(tmp_path, made_from, version, told, asked):
    folder = copied(tmp_path)
    settings(folder, _name_or_path=made_from, transformers_version=version)
    settings(folder, TOKENIZER_CONFIG, legacy_behaviour=told)
    if not asked:
        convert(folder, tmp_path / "model")
        return
    with pytest.raises(UserError, match='If they begin with it in this model, add "legacy_behaviour": false'):
        convert(folder, tmp_path / "model")


# The languages of M2M-100 (Fan et al. 2021).
M2M_100 = (
    "af am ar ast az ba be bg bn br bs ca ceb cs cy da de el en es et fa ff fi fr fy ga gd gl gu ha he hi hr ht "
    "hu hy id ig ilo is it ja jv ka kk km kn ko lb lg ln lo lt lv mg mk ml mn mr ms my ne nl no ns oc or pa pl ps "
    "pt ro ru sd si sk sl so sq sr ss su sv sw ta th tl tn tr uk ur uz vi wo xh yi yo zh zu"
)


def test_all_languages_of_m2m_100_have_a_token_and_unknown_codes_are_told_of(tmp_path, capsys):
    folder = copied(tmp_path)
    listed(folder, [f"__{code}__" for code in [*M2M_100.split(), "qqq"]])
    vocabulary, rows = vocabulary_of(folder)
    assert len(M2M_100.split()) == 100 == len(vocabulary.languages()) and {"nso", "zh_Hans"} <= {
        *vocabulary.languages()
    }
    assert rows[MASK_ID] == 121 + 101
    assert "left out, because they are no codes of languages: __qqq__" in capsys.readouterr().out


def test_m2m_100_has_languages_that_its_files_do_not_name(tmp_path):
    folder = copied(tmp_path, "m2m")
    assert "__" not in (folder / "special_tokens_map.json").read_text()
    vocabulary, rows = vocabulary_of(folder)
    known = len(json.loads((folder / "vocab.json").read_text()))
    assert [rows[vocabulary.language_id(code)] for code in vocabulary.languages()] == [*range(known, known + 100)]
    assert [short(first_of({"ns": "nso"}.get(code, code))) for code in M2M_100.split()] == vocabulary.languages()
    settings(folder, TOKENIZER_CONFIG, language_codes="wmt21")
    assert vocabulary_of(folder)[0].languages() == ["en", "ha", "is", "ja", "cs", "ru", "zh_Hans", "de"]
    settings(folder, TOKENIZER_CONFIG, language_codes="wmt22")
    with pytest.raises(UserError, match=r"tokenizer_config.json: language_codes: unknown 'wmt22'.*wmt21"):
        vocabulary_of(folder)


def test_m2m_100_has_its_rows_in_vocab_json(tmp_path):
    folder = copied(tmp_path)
    before, rows_before = vocabulary_of(folder)
    text = [row for row, piece in enumerate(before.pieces) if not before.is_control(row)]
    known = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3}
    known |= {before.pieces[row]: 4 + number for number, row in enumerate(reversed(text))}  # in an order of its own
    (folder / "vocab.json").write_text(json.dumps(known))
    (folder / "added_tokens.json").unlink()
    settings(folder, TOKENIZER_CONFIG, added_tokens_decoder=None)
    settings(folder, "special_tokens_map.json", additional_special_tokens=["__en__", "__zh__", "__gl__"])
    vocabulary, rows = vocabulary_of(folder)
    assert vocabulary.languages() == ["en", "zh_Hans", "gl"]
    assert [rows[vocabulary.language_id(code)] for code in ("en", "zh_Hans", "gl")] == [121, 122, 123]
    assert all(rows[row] == known[vocabulary.pieces[row]] for row in range(len(rows)) if not vocabulary.is_control(row))
