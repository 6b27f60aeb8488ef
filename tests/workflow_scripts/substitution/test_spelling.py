import pytest

from workflow_scripts.substitution.spelling import spelled_like


@pytest.mark.parametrize(
    ("word", "translation", "language", "expected"),
    [
        ("house", "Haus", "de", "Haus"),
        ("House", "maison", "fr", "Maison"),
        ("HOUSE", "maison", "fr", "MAISON"),
        ("HOUSE", "maison d'amis", "fr", "MAISON D'AMIS"),
        ("I", "ich", "de", "Ich"),
        ("iPhone", "telefon", "de", "telefon"),
        ("McDonald", "wirt", "de", "Wirt"),
        ("U.S.", "usa", "de", "USA"),
        ("Street", "straße", "de", "Straße"),
        ("STREET", "straße", "de", "STRASSE"),
        ("Work", "iş", "tr", "İş"),
        ("WORK", "iş ışık", "tr", "İŞ IŞIK"),
        ("Work", "išti", "lt", "Išti"),
        ("HOUSE", "სახლი", "ka", "სახლი"),
        ("House", "სახლი", "ka", "სახლი"),
        ("House", "房子", "zh", "房子"),
        ("Gesture", "ǆest", "hr", "ǅest"),
        ("2ND", "zweite", "de", "ZWEITE"),
    ],
)
def test_capitals_are_carried_over(word, translation, language, expected):
    assert spelled_like(word, translation, language) == expected
