# fixes: 4
"""The same shapes; zeros and ones are the same values."""
import numpy as np
import torch


def made():
    return [
        torch.tensor(np.random.rand(3, 2)),
        torch.FloatTensor(np.zeros((2, 3))),
        torch.LongTensor(np.ones(4)),
        torch.from_numpy(np.eye(3)),
    ]


def prove(before, after):
    old, new = before.made(), after.made()
    same(old[1:], new[1:])
    assert [each.shape for each in old] == [each.shape for each in new]
    assert [each.dtype for each in new] == [torch.float32, torch.float32, torch.int64, torch.float32]
    assert 0 <= new[0].min() and new[0].max() < 1
