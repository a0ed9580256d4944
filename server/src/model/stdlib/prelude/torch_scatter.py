"""Sums, means and largest values of rows that an index groups, as the package makes them of torch's own functions.
Of its kernels for the smallest and largest the same sizes come from torch's `scatter_reduce`.
"""
import torch
from _ecocompute_std import unknown


def _broadcast(index, src, dim):
    dim = dim + src.dim() if dim < 0 else dim
    if index.dim() == 1:
        for _ in range(dim):
            index = index.unsqueeze(0)
    for _ in range(index.dim(), src.dim()):
        index = index.unsqueeze(-1)
    return index.expand(src.size())


def _size(src, index, dim, dim_size):
    size = list(src.size())
    if dim_size is None:
        dim_size = 0 if index.numel() == 0 else int(index.max()) + 1
    size[dim] = dim_size
    return size


def scatter_sum(src, index, dim=-1, out=None, dim_size=None):
    index = _broadcast(index, src, dim)
    if out is None:
        out = torch.zeros(_size(src, index, dim, dim_size), dtype=src.dtype, device=src.device)
    return out.scatter_add_(dim, index, src)


scatter_add = scatter_sum


def scatter_mean(src, index, dim=-1, out=None, dim_size=None):
    out = scatter_sum(src, index, dim, out, dim_size)
    index_dim = dim + src.dim() if dim < 0 else dim
    if index.dim() <= index_dim:
        index_dim = index.dim() - 1
    ones = torch.ones(index.size(), dtype=src.dtype, device=src.device)
    count = scatter_sum(ones, index, index_dim, None, out.size(dim)).clamp_(1)
    count = _broadcast(count, out, dim)
    return out.true_divide_(count) if out.is_floating_point() else out.div_(count, rounding_mode="floor")


def _extreme(src, index, dim, out, dim_size, reduce):
    index = _broadcast(index, src, dim)
    size = _size(src, index, dim, dim_size)
    if out is None:
        out = torch.zeros(size, dtype=src.dtype, device=src.device)
    found = out.scatter_reduce(dim, index, src, reduce, include_self=False)
    return found, torch.empty(size, dtype=torch.long, device=src.device)


def scatter_max(src, index, dim=-1, out=None, dim_size=None):
    return _extreme(src, index, dim, out, dim_size, "amax")


def scatter_min(src, index, dim=-1, out=None, dim_size=None):
    return _extreme(src, index, dim, out, dim_size, "amin")


def scatter_mul(src, index, dim=-1, out=None, dim_size=None):
    return _extreme(src, index, dim, out, dim_size, "prod")[0]


def scatter(src, index, dim=-1, out=None, dim_size=None, reduce="sum"):
    if reduce in ("sum", "add"):
        return scatter_sum(src, index, dim, out, dim_size)
    if reduce == "mul":
        return scatter_mul(src, index, dim, out, dim_size)
    if reduce == "mean":
        return scatter_mean(src, index, dim, out, dim_size)
    if reduce == "min":
        return scatter_min(src, index, dim, out, dim_size)[0]
    if reduce == "max":
        return scatter_max(src, index, dim, out, dim_size)[0]
    raise ValueError


def _centered(src, index, dim, dim_size):
    index = _broadcast(index, src, dim)
    largest = scatter_max(src, index, dim, None, dim_size)[0]
    return index, src - largest.gather(dim, index), largest


def scatter_softmax(src, index, dim=-1, dim_size=None):
    index, centered, _ = _centered(src, index, dim, dim_size)
    exp = centered.exp_()
    return exp.div(scatter_sum(exp, index, dim, None, dim_size).gather(dim, index))


def scatter_log_softmax(src, index, dim=-1, eps=1e-12, dim_size=None):
    index, centered, _ = _centered(src, index, dim, dim_size)
    summed = scatter_sum(centered.exp(), index, dim, None, dim_size)
    return centered.sub_(summed.add_(eps).log_().gather(dim, index))


def __getattr__(name):
    return unknown("`torch_scatter." + name + "` is not interpreted")
