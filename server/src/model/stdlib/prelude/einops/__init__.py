from _ecocompute_std import unknown
from einops.einops import rearrange as _rearrange, reduce as _reduce
from . import layers
from . import torch


def reduce(tensor, pattern, reduction, **axes_lengths):
    """`reduction` may be a function of a tensor and a tuple of dimensions."""
    if not callable(reduction):
        return _reduce(tensor, pattern, reduction, **axes_lengths)
    left, right = pattern.split("->")
    flat = left.replace("(", " ").replace(")", " ").split()
    split = _rearrange(tensor, left + "->" + " ".join(flat), **axes_lengths)
    kept = right.replace("(", " ").replace(")", " ").split()
    kept = [name for name in flat if name in kept and not name.isdigit()]
    dims = []
    for name in flat:
        if name == "...":
            dims.extend([name] * (split.ndim - len(flat) + 1))
        else:
            dims.append(name)
    reduced = tuple(i for i, name in enumerate(dims) if name not in kept)
    made = reduction(split, reduced)
    if made.ndim != len(dims) - len(reduced):
        return unknown("`einops.reduce` by a function that does not reduce what it is asked to")
    return _rearrange(made, " ".join(kept) + " -> " + right)
