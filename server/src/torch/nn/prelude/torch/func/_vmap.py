import _ecocompute as _native
import torch
from torch.utils._pytree import tree_flatten, tree_leaves, tree_unflatten


def _spread(dims, tree):
    """One dimension for each leaf: `dims` has the structure of the tree, or less of it."""
    if dims is None or isinstance(dims, int):
        return [dims] * len(tree_leaves(tree))
    parts = list(tree.values()) if isinstance(tree, dict) else list(tree)
    each = [dims[key] for key in tree] if isinstance(tree, dict) else list(dims)
    if len(each) != len(parts):
        raise ValueError("vmap: in_dims is not compatible with the structure of inputs")
    return [dim for of, part in zip(each, parts) for dim in _spread(of, part)]


def _sample(leaf, dim, i):
    return leaf if dim is None else leaf.select(dim, i)


def one_by_one(what):
    """PyTorch does one op for all samples: the same products with fewer launches and reads."""
    _native.assume(f"{what} as one op for each sample: PyTorch does them together, in less time and energy")


def vmap(func, in_dims=0, out_dims=0, randomness="error", *, chunk_size=None):
    def mapped(*args, **kwargs):
        leaves, spec = tree_flatten((args, kwargs))
        named = [0 if isinstance(leaf, torch.Tensor) else None for leaf in tree_leaves(kwargs)]
        dims = _spread(in_dims, args) + named
        sizes = {leaf.size(dim) for leaf, dim in zip(leaves, dims) if dim is not None}
        if len(sizes) != 1:
            raise ValueError("vmap: Expected all tensors to have the same size in the mapped dimension")
        count = sizes.pop()
        if count > 1:
            one_by_one("`vmap`")
        made = []
        for i in range(count):
            args, kwargs = tree_unflatten([_sample(leaf, dim, i) for leaf, dim in zip(leaves, dims)], spec)
            made.append(func(*args, **kwargs))
        return _joined(made, out_dims)

    return mapped


def _joined(made, out_dims):
    samples = [tree_leaves(each) for each in made]
    ends = _spread(out_dims, made[0])
    joined = [column[0] if end is None else torch.stack(column, end) for column, end in zip(zip(*samples), ends)]
    return tree_unflatten(joined, tree_flatten(made[0])[1])
