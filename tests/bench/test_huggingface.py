"""The peer is trained on what ours is trained on. Needs transformers, which only the benches use."""

from contextlib import closing

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from bench import huggingface
from bench.huggingface import IGNORED, collate, endless_batches, loaded, loss_of
from model.batches import collate as collate_
from model.batches.mixture import Mixture
from model.batches.placement import SIDES
from model.config.model import ModelConfig
from model.config.run import RunConfig, Task
from model.config.training import TrainingConfig
from model.network.transformer import Transformer
from model.shards.examples import Examples, Side
from model.text.ragged import Ragged
from model.text.tokenizer import Tokenizer
from model.text.words import Words
from tests.model.toy_run import prepare

SIZES = ModelConfig(width=16, feedforward=32, heads=2, encoder_layers=1, decoder_layers=1, max_positions=20, norm="pre")
RUN = RunConfig(
    run="toy",
    seed=1,
    subwords="",
    vocabulary="",
    tasks=[Task(objective="translation", shards=[""])],
    dev=[""],
    model=SIZES,
    training=TrainingConfig(batch_tokens=10),  # two batches
)
CPU = torch.device("cpu")


def side(lists, language):
    return Side(Ragged.from_lists(lists, np.uint16), np.full(len(lists), language, np.int32))


EXAMPLES = Examples(side([[7, 8], [9], [6, 6, 6]], 4), side([[8], [7, 9, 6], [9]], 5))


def test_a_batch_reads_as_ours_does():
    sources, targets = torch.tensor([4, 7, 1]), torch.tensor([5, 8, 9, 1])
    batch = collate([(sources, targets), (torch.tensor([4, 9, 9, 1]), torch.tensor([5, 1]))])
    assert batch["input_ids"].tolist() == [[4, 7, 1, 0], [4, 9, 9, 1]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1, 0], [1, 1, 1, 1]]
    assert batch["decoder_input_ids"].tolist() == [[1, 5, 8, 9], [1, 5, 0, 0]]
    assert batch["labels"].tolist() == [[5, 8, 9, 1], [5, 1, IGNORED, IGNORED]]


def test_batches_hold_the_pairs_of_our_plan():
    plan = [np.array([2, 0]), np.array([1])]
    for theirs, rows in zip(loaded(EXAMPLES, plan, CPU), plan, strict=True):
        ours = collate_.collate(EXAMPLES, rows, SIDES)
        assert torch.equal(theirs["input_ids"], ours.source)
        real = theirs["labels"] != IGNORED
        assert torch.equal(theirs["labels"][real], ours.answers["decoder"].ids)
        assert torch.equal(real.flatten().nonzero()[:, 0], ours.answers["decoder"].positions)
        assert torch.equal(theirs["decoder_input_ids"][real], ours.inputs[real])


def test_the_peer_is_given_the_batches_of_a_run_in_their_order(tmp_path):
    run = prepare(tmp_path)
    with closing(iter(Mixture(run, Words(Tokenizer(run.subwords, run.vocabulary))))) as portions:
        for theirs, _ in zip(endless_batches(run, CPU), range(40), strict=False):  # an epoch has fewer batches
            assert torch.equal(theirs["input_ids"], next(portions).batches[0].source)


class Constant:
    """A model that answers the same scores everywhere."""

    def __init__(self, scores):
        self.scores = torch.tensor(scores)

    def __call__(self, input_ids, attention_mask, decoder_input_ids, use_cache):
        self.logits = self.scores.expand(*decoder_input_ids.shape, -1)
        return self


def test_the_loss_leaves_padding_out_and_smooths():
    batch = collate([(torch.tensor([4, 1]), torch.tensor([2, 1])), (torch.tensor([4, 1]), torch.tensor([2, 0, 1]))])
    scores = [0.0, 1.0, 2.0]
    log_probs = [s - float(np.log(np.exp(scores).sum())) for s in scores]
    assert loss_of(Constant(scores), batch).item() == pytest.approx(-sum(log_probs[i] for i in (2, 1, 2, 0, 1)) / 5)
    smoothed = [0.9 * log_probs[i] + 0.1 * sum(log_probs) / 3 for i in (2, 1, 2, 0, 1)]
    assert loss_of(Constant(scores), batch, 0.1, "sum").item() == pytest.approx(-sum(smoothed))


@pytest.fixture
def transformers():
    return pytest.importorskip("transformers")


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
def test_the_peer_is_as_large_as_ours_but_for_what_mbart_adds(transformers, attention):
    ours, theirs = Transformer(SIZES, 10), huggingface.mbart(SIZES, 10, attention, 0.3, 0.2)
    count = [sum(p.numel() for p in model.parameters()) for model in (ours, theirs)]
    # a layer norm on either embedding, and two rows of either table of positions that no token has
    assert count[1] - count[0] == 2 * 2 * 16 + 2 * 2 * 16
    assert theirs.config._attn_implementation == attention
    layer = theirs.model.decoder.layers[0]
    assert (layer.dropout, layer.self_attn.dropout, layer.activation_dropout) == (0.3, 0.2, 0.0)
    assert theirs.lm_head.weight is theirs.model.encoder.embed_tokens.weight is theirs.model.decoder.embed_tokens.weight


def test_the_dev_loss_is_that_of_each_pair_alone(transformers):
    torch.manual_seed(0)
    model = huggingface.mbart(SIZES, 10, "sdpa", 0.5, 0.5).train()
    loss = huggingface.dev_loss(model, RUN, EXAMPLES, torch.float32)
    model.eval()
    total, tokens = 0.0, 0
    for n in range(3):
        pair = collate_.collate(EXAMPLES, np.array([n]), SIDES)
        scores = model(input_ids=pair.source, decoder_input_ids=pair.inputs, use_cache=False).logits
        total += F.cross_entropy(scores[0], pair.answers["decoder"].ids, reduction="sum").item()
        tokens += len(pair.answers["decoder"].ids)
    assert loss == pytest.approx(total / tokens, rel=1e-5)


def test_translations_have_the_length_that_was_asked_for(transformers):
    torch.manual_seed(0)
    model = huggingface.mbart(SIZES, 10, "sdpa").eval()
    source = torch.tensor([[4, 7, 8, 1], [4, 9, 1, 0]])
    assert huggingface.generate(model, source, language=5, beam=3, length_penalty=0.5, length=7) == [7, 7]
