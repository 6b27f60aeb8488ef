import torch

from model.network.cache import FIRST_ROOM, Cache


def test_positions_stay_where_they_were_written_when_the_buffer_grows():
    torch.manual_seed(0)
    cache, written = Cache(rows=3), torch.randn(2 * FIRST_ROOM + 1, 2, 2 * 3, 4, 1, 5)  # positions, k and v, B * rows
    cache.append(*written[0][:, ::3])  # the first position has one row a sentence
    for position in written[1:]:
        keys, values = cache.append(*position)
    assert keys.shape == (2, 4, len(written) * 3, 5)
    for found, expected in zip((keys, values), written.unbind(1), strict=True):
        by_row = found.unflatten(2, (-1, 3)).permute(2, 0, 3, 1, 4).flatten(1, 2)  # [positions, B * rows, H, K]
        assert torch.equal(by_row[1:], expected[1:, :, :, 0])
        assert torch.equal(by_row[0, ::3], expected[0, ::3, :, 0]) and not by_row[0, 1:3].any()


def test_sentences_that_are_kept_keep_their_past():
    torch.manual_seed(0)
    cache, both = Cache(rows=2), torch.randn(2, 3, 4, 1, 5)
    first, _ = cache.append(*both)
    first = first.clone()
    cache.keep(torch.tensor([2, 0]))
    found, _ = cache.append(torch.zeros(4, 4, 1, 5), torch.zeros(4, 4, 1, 5))
    assert torch.equal(found[:, :, :2], first[[2, 0]])
