"""A toy run for tests of training."""

from pathlib import Path

from model.config.model import ModelConfig
from model.config.run import RunConfig, Task
from model.config.training import TrainingConfig
from model.shards.files import part_name, write_part
from model.text.tokenizer import Tokenizer
from model.text.vocabulary import Vocabulary
from model.train import Loop
from model.training.publish import publish
from tests.toy import sentences

SIZES = ModelConfig(width=32, feedforward=64, heads=2, encoder_layers=1, decoder_layers=1, max_positions=64)
TRAINING = TrainingConfig(
    updates=12,
    batch_tokens=300,
    learning_rate=5e-3,
    warmup=4,
    dropout=0.1,
    evaluate_every=4,
    precision="float32",  # on every machine: these tests compare sums
)


def prepare(folder: Path) -> RunConfig:
    """A subword folder and shards of the toy pair en-gl, and a run on them."""
    subwords = folder / "subwords"
    subwords.mkdir()
    (subwords / "codes").write_text("#version: 0.2\nt h\nth e</w>\n")
    (subwords / "tokenizer.json").write_text('{"segmenters": {"default": "spaces"}}')
    pairs, tokenizer = sentences(300), Tokenizer(subwords)
    counts = {p: 1 for pair in pairs for side in pair for p in tokenizer.pieces(tokenizer.words(side, "en"))}
    Vocabulary.build(counts, ["en", "gl"], 1, 1000).write(subwords / "vocabulary.tsv")
    for name, some in (("train", pairs[:250]), ("dev", pairs[250:])):
        source, target = zip(*some, strict=True)
        sides = tokenizer.encode_lines(source, "en"), tokenizer.encode_lines(target, "gl")
        (folder / name).mkdir()
        write_part(folder / name / part_name(0), [sides], ("en", "gl"), tokenizer.vocabulary, 1, {})
    return RunConfig(
        run="toy",
        seed=1,
        subwords=str(subwords),
        vocabulary=str(subwords / "vocabulary.tsv"),
        tasks=[Task(objective="translation", shards=[str(folder / "train")])],
        dev=[str(folder / "dev")],
        model=SIZES,
        training=TRAINING,
    )


def changed(config: RunConfig, **training: object) -> RunConfig:
    """The run with other settings of training."""
    return config.model_copy(update={"training": config.training.model_copy(update=training)})


def ended(loop: Loop) -> Loop:
    """The loop, gone to its end, and what it leaves published."""
    assert loop.train()
    publish(loop.config, loop.folder, loop.model, loop.dev, loop.state)
    return loop
