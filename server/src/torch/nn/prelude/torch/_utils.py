from itertools import accumulate as _accumulate


def _flatten_dense_tensors(tensors):
    import torch

    return torch.cat([each.reshape(-1) for each in tensors])
