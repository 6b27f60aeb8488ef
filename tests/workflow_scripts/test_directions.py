import pytest

from model.command import UserError
from workflow_scripts.directions import parse_pair


def test_a_pair_is_two_short_codes_in_order():
    assert parse_pair("glg_Latn-en") == ("en", "gl") and parse_pair("zh_CN-en") == ("en", "zh_Hans")
    assert parse_pair("en-pt-BR") == parse_pair("pt-BR-en") == parse_pair("en-pt_BR") == ("en", "pt_BR")
    assert parse_pair("zh-Hant-TW-en") == ("en", "zh_Hant") and parse_pair("EN-GL") == ("en", "gl")
    for text in ("en", "en-en", "en-eng", "en-gl-es", "en_gl"):
        with pytest.raises(UserError):
            parse_pair(text)
