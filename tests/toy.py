"""A toy language pair for tests: made-up words, one word for one, adjectives after their nouns on the other side."""

import random

NOUNS = {"cat": "gatu", "dog": "canu", "house": "casau", "tree": "arbu", "river": "riu", "stone": "petru"}
ADJECTIVES = {"red": "rodu", "old": "vellu", "small": "minu", "big": "granu", "good": "bonu"}
VERBS = {"sees": "vidu", "takes": "prendu", "finds": "trobu", "makes": "fadu"}


def sentences(count: int, seed: int = 0, ending: str = "") -> list[tuple[str, str]]:
    """Distinct (English, toy) pairs; `ending` is added to the toy words, which makes another toy language."""
    draw, found = random.Random(seed), {}
    while len(found) < count:
        parts = [(draw.choice(list(ADJECTIVES)), draw.choice(list(NOUNS))) for _ in range(draw.randint(2, 3))]
        verb = draw.choice(list(VERBS))
        english = [f"the {adjective} {noun}" for adjective, noun in parts]
        toy = [f"u {NOUNS[noun]}{ending} {ADJECTIVES[adjective]}{ending}" for adjective, noun in parts]
        joined = " and ".join(english[1:]), " e ".join(toy[1:])
        found[f"{english[0]} {verb} {joined[0]} ."] = f"{toy[0]} {VERBS[verb]}{ending} {joined[1]} ."
    return list(found.items())
