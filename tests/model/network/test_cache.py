import torch

from model.network.cache import FIRST_ROOM, Cache, LayerCache, Memory


def test_positions_stay_where_they_were_written_when_the_buffer_grows():
    torch.manual_seed(0)
    cache, written = LayerCache(rows=3), torch.randn(2 * FIRST_ROOM + 1, 2, 2, 4, 3, 5)  # positions, k and v, B, H, n
    cache.append(*written[0][:, :, :, :1])  # the first position has one row a sentence
    for position in written[1:]:
        keys, values = cache.append(*position)
    assert keys.shape == (2, 4, len(written) * 3, 5)
    for found, expected in zip((keys, values), written.unbind(1), strict=True):
        by_row = found.unflatten(2, (-1, 3)).permute(2, 0, 1, 3, 4)  # [positions, B, H, rows, K]
        assert torch.equal(by_row[1:], expected[1:])
        assert torch.equal(by_row[0, :, :, 0], expected[0, :, :, 0]) and not by_row[0, :, :, 1:].any()


def test_sentences_that_are_kept_keep_their_past():
    torch.manual_seed(0)
    cache, both = LayerCache(rows=2), torch.randn(2, 3, 4, 1, 5)
    first, _ = cache.append(*both)
    first = first.clone()
    cache.keep(torch.tensor([2, 0]))
    found, _ = cache.append(torch.zeros(2, 4, 2, 5), torch.zeros(2, 4, 2, 5))
    assert torch.equal(found[:, :, :2], first[[2, 0]])


def test_a_hypothesis_sees_the_rows_that_it_descends_from():
    cache, newest = Cache(layers=1, rows=2), torch.zeros(2, 2)
    assert cache.advance(newest[:, :1]).int().tolist() == [[[[1, 0]]]] * 2
    cache.branch(torch.tensor([[0, 0], [0, 0]]))
    assert cache.advance(newest).int().tolist() == [[[[1, 0, 1, 0], [1, 0, 0, 1]]]] * 2
    cache.branch(torch.tensor([[1, 0], [1, 1]]))
    cache.keep(torch.tensor([1, 0]))
    seen = cache.advance(newest).int().tolist()
    assert seen[0] == [[[1, 0, 0, 1, 1, 0], [1, 0, 0, 1, 0, 1]]]  # the sentence that was the second
    assert seen[1] == [[[1, 0, 0, 1, 1, 0], [1, 0, 1, 0, 0, 1]]]
    assert cache.length == 3


def test_one_row_a_sentence_needs_no_mask():
    cache = Cache(layers=1)
    assert cache.advance(torch.zeros(2, 1)) is None and cache.length == 1


def test_a_memory_keeps_the_sentences_asked_for():
    torch.manual_seed(0)
    keys, mask = torch.randn(3, 2, 4, 5), torch.tensor([1, 0, 1]).bool()[:, None, None, None].expand(-1, -1, -1, 4)
    kept = Memory([(keys, -keys)], mask).keep(torch.tensor([2, 1]))
    assert torch.equal(kept.layers[0][0], keys[[2, 1]]) and torch.equal(kept.layers[0][1], -keys[[2, 1]])
    assert kept.mask[:, 0, 0, 0].tolist() == [True, False]
