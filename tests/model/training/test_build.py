import torch

from model.config.model import ModelConfig
from model.config.run import RunConfig, Task
from model.config.training import TrainingConfig
from model.network.folder import save_model
from model.network.transformer import Transformer
from model.text.vocabulary import Vocabulary
from model.training.build import build_model


def test_new_rows_have_the_mean_of_the_output_bias(tmp_path):
    """Of rows with an embedding: that of padding is zero."""
    (tmp_path / "codes").write_text("#version: 0.2\n")
    (tmp_path / "tokenizer.json").write_text('{"segmenters": {"default": "spaces"}}')
    old = Vocabulary.build({"a": 2, "b": 1}, ["en"], 1, 100)
    new = old.extended({"c": 1}, ["gl"], 1)
    sizes = ModelConfig(width=8, feedforward=8, heads=2, encoder_layers=1, decoder_layers=1, output_bias=True)
    model = Transformer(sizes, len(old))
    with torch.no_grad():
        model.output_bias.copy_(torch.arange(float(len(old))))
    save_model(tmp_path / "init", model.state_dict(), sizes, tmp_path, old, {})
    task = Task(objective="translation", shards=["x"])
    run = RunConfig(
        run="x", seed=1, init=str(tmp_path / "init"), subwords=str(tmp_path), vocabulary="", tasks=[task], dev=["x"],
        model=ModelConfig(), training=TrainingConfig(),
    )  # fmt: skip
    built, config = build_model(run, new)
    assert config.output_bias and built.output_bias.tolist() == [*map(float, range(len(old))), 4, 4]
