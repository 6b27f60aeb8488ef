"""Shards of made-up words of one to three subwords, and a run of the second paper on them."""

import random

from model.config.model import ModelConfig
from model.config.run import RunConfig, Task
from model.config.training import TrainingConfig
from model.shards.files import part_name, write_part
from model.text.ragged import Ragged
from model.text.vocabulary import Vocabulary

LANGUAGES = ["en", "gl"]
PIECES = {"end": [f"e{n}" for n in range(25)], "inner": [f"i{n}@@" for n in range(25)]}
VOCABULARY = Vocabulary.build(dict.fromkeys(sum(PIECES.values(), []), 1), LANGUAGES, 1, 100)
SIZES = {"width": 16, "feedforward": 24, "heads": 2, "encoder_layers": 2, "decoder_layers": 2, "max_positions": 60}
OF_PAPER = {"norm": "pre", "activation": "relu", "positions": "sinusoidal", "language_tokens": "target"}


def line(draw):
    """The pieces of one to fourteen words."""
    words = [[*draw.choices(PIECES["inner"], k=draw.randrange(3)), draw.choice(PIECES["end"])] for _ in range(14)]
    return sum(words[: draw.randint(1, 14)], [])


def ids(lines):
    return Ragged.from_lists([VOCABULARY.ids(pieces) for pieces in lines])


def write_shards(folder, languages, count, seed):
    """A shard folder of so many lines; monolingual ones have empty targets."""
    draw, (source, target) = random.Random(seed), languages
    sources = [line(draw) for _ in range(count)]
    targets = [[] if source == target else line(draw) for _ in range(count)]
    folder.mkdir(parents=True)
    write_part(folder / part_name(0), [(ids(sources), ids(targets))], languages, VOCABULARY, 1, {})
    return str(folder)


def write_run(folder, monolingual=(300, 60), parallel=100, distillation=None, **training):
    """A run that translates and denoises in each update; monolingual: segments of English and of Galician."""
    (folder / "codes").write_text("#version: 0.2\n")
    (folder / "tokenizer.json").write_text('{"segmenters": {}}')
    VOCABULARY.write(folder / "vocabulary.tsv")
    sizes = zip(LANGUAGES, monolingual, strict=True)
    alone = [write_shards(folder / "monolingual" / code, (code, code), count, code) for code, count in sizes]
    pairs = [write_shards(folder / "original" / "-".join(sides), sides, parallel, "pair") for sides in [("en", "gl")]]
    return RunConfig(
        run="papers",
        seed=1,
        subwords=str(folder),
        vocabulary=str(folder / "vocabulary.tsv"),
        tasks=[Task(objective="translation", shards=pairs), Task(objective="cd", shards=alone)],
        intra_distillation=distillation,
        dev=pairs,
        model=ModelConfig(**SIZES, **OF_PAPER),
        training=TrainingConfig(batch_tokens=150, batches_per_update=2, precision="float32", **training),
    )
