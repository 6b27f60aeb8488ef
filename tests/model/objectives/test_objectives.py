from model.objectives import folders_of_language

FOLDERS = ["s/original/en-gl", "s/original/gl-en", "s/original/en-pt", "s/monolingual/gl", "s/monolingual/pt"]


def test_a_language_has_the_directions_it_stands_in():
    assert folders_of_language("translation", FOLDERS[:3], "gl") == ["s/original/en-gl", "s/original/gl-en"]
    assert folders_of_language("translation", FOLDERS[:3], "en") == FOLDERS[:3]
    assert folders_of_language("translation", FOLDERS[:3], "g") == []


def test_objectives_of_one_language_take_its_text_and_the_sources_in_it():
    assert folders_of_language("cd", FOLDERS, "gl") == ["s/original/gl-en", "s/monolingual/gl"]
    assert folders_of_language("mass", FOLDERS, "en") == ["s/original/en-gl", "s/original/en-pt"]
