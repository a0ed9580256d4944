"""Norms of lists are numbers; what is said of tables is a tensor, of which only the run knows the elements."""
import math

from _ecocompute_std import unknown


def _tensor(x):
    import torch

    made = x if isinstance(x, torch.Tensor) else torch.tensor([list(row) if isinstance(row, (list, tuple)) else row for row in x])
    return made if made.is_floating_point() else made.double()


def _is_flat(x):
    return isinstance(x, (list, tuple)) and not any(isinstance(each, (list, tuple)) for each in x)


def norm(x, ord=None, axis=None, keepdims=False):
    if _is_flat(x) and ord in (None, 2) and axis in (None, 0, -1) and not keepdims:
        from numpy import sum

        return math.sqrt(sum([each * each for each in x]))
    if ord not in (None, 1, 2) or (ord is not None and axis is None):
        return unknown("`numpy.linalg.norm` of this order")
    made = _tensor(x)
    if axis is None:
        return made.norm()
    return made.norm(2 if ord is None else ord, axis, keepdims)


def inv(a):
    import torch

    return torch.linalg.inv(_tensor(a))


def pinv(a):
    import torch

    return torch.linalg.pinv(_tensor(a))


def det(a):
    import torch

    return torch.linalg.det(_tensor(a))


def solve(a, b):
    import torch

    return torch.linalg.solve(_tensor(a), _tensor(b))


def cholesky(a):
    import torch

    return torch.linalg.cholesky(_tensor(a))


def matrix_power(a, n):
    # A matrix of the same size, without torch's multiply-accumulates, which numpy does not make.
    return _tensor(a).clone()


def qr(a):
    import torch

    return torch.linalg.qr(_tensor(a))


def __getattr__(name):
    return unknown("`numpy.linalg." + name + "`")
