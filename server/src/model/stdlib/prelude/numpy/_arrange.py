"""Functions that put elements of arrays elsewhere. Arrays of one dimension are lists, others are tensors."""
from _ecocompute_std import unknown


def _is_flat(x):
    return isinstance(x, (list, tuple)) and not any(isinstance(each, (list, tuple)) for each in x)


def _array(values):
    from numpy import array

    return array(values)


def _tensor(x):
    import torch

    return x if isinstance(x, torch.Tensor) else torch.tensor(list(x) if isinstance(x, (list, tuple)) else x)


def _known(values):
    return all(isinstance(each, (int, float)) for each in values)


def tile(a, reps):
    reps = (reps,) if isinstance(reps, int) else tuple(reps)
    flat = [a] if isinstance(a, (int, float)) else a
    if _is_flat(flat) and len(reps) == 1:
        return _array(list(flat) * reps[0])
    return _tensor(flat).tile(reps)


def repeat(a, repeats, axis=None):
    flat = [a] if isinstance(a, (int, float)) else a
    if not _is_flat(flat):
        if not isinstance(repeats, int):
            return unknown("`numpy.repeat` of several counts")
        made = _tensor(flat)
        return made.flatten().repeat_interleave(repeats) if axis is None else made.repeat_interleave(repeats, axis)
    counts = [repeats] * len(flat) if isinstance(repeats, int) else list(repeats)
    return _array([each for each, count in zip(flat, counts) for _ in range(count)])


def append(a, values, axis=None):
    added = list(values) if isinstance(values, (list, tuple)) else [values]
    if _is_flat(a) and _is_flat(added) and (_is_flat(values) or isinstance(values, (int, float))):
        return _array(list(a) + added)
    from numpy import concatenate

    return unknown("`numpy.append` of arrays") if axis is None else concatenate([a, values], axis)


def expand_dims(a, axis):
    if not isinstance(axis, int):
        return unknown("`numpy.expand_dims` of several axes")
    return _tensor(a).unsqueeze(axis)


def squeeze(a, axis=None):
    if _is_flat(a):
        return a
    return _tensor(a).squeeze() if axis is None else _tensor(a).squeeze(axis)


def transpose(a, axes=None):
    if _is_flat(a):
        return a
    made = _tensor(a)
    return made.permute(tuple(range(made.dim() - 1, -1, -1)) if axes is None else tuple(axes))


def hstack(arrays):
    from numpy import concatenate

    flat = all(_is_flat(each) for each in arrays)
    return concatenate([_array(each) for each in arrays] if flat else arrays, 0 if flat else 1)


def vstack(arrays):
    import torch

    return torch.cat([made if made.dim() > 1 else made.unsqueeze(0) for made in map(_tensor, arrays)], 0)


def triu(a, k=0):
    return _tensor(a).triu(k)


def tril(a, k=0):
    return _tensor(a).tril(k)


def diag(a, k=0):
    return _tensor(a).diag(k)


def flip(a, axis=None):
    if _is_flat(a):
        return _array(list(a)[::-1])
    made = _tensor(a)
    axes = tuple(range(made.dim())) if axis is None else axis
    return made.flip(axes)


def diff(a):
    if not _is_flat(a):
        return unknown("`numpy.diff` of a table")
    values = list(a)
    return _array([after - before for before, after in zip(values, values[1:])])


def sort(a, axis=-1):
    return _array(sorted(a)) if _is_flat(a) and _known(a) else unknown("`numpy.sort`")


def argsort(a, axis=-1):
    if not _is_flat(a) or not _known(a):
        return unknown("`numpy.argsort`")
    values = list(a)
    return _array(sorted(range(len(values)), key=lambda i: values[i]))


def where(condition, x=None, y=None):
    if not _is_flat(condition) or not all(isinstance(each, (bool, int)) for each in condition):
        return unknown("`numpy.where`")
    if x is None:
        return (_array([i for i, each in enumerate(condition) if each]),)
    xs = x if isinstance(x, (list, tuple)) else [x] * len(condition)
    ys = y if isinstance(y, (list, tuple)) else [y] * len(condition)
    return _array([a if each else b for each, a, b in zip(condition, xs, ys)])


def dot(a, b):
    if isinstance(a, (int, float)) or isinstance(b, (int, float)):
        return a * b
    if _is_flat(a) and _is_flat(b):
        from numpy import sum

        return sum([x * y for x, y in zip(a, b)])
    return _product(_tensor(a), _tensor(b))


def _product(a, b):
    """Without `torch.matmul`: what numpy multiplies is none of torch's multiply-accumulates."""
    rows = a.unsqueeze(0) if a.dim() == 1 else a
    columns = b.unsqueeze(-1) if b.dim() == 1 else b
    made = (rows.unsqueeze(-1) * columns.unsqueeze(-3)).sum(-2)
    made = made.squeeze(-2) if a.dim() == 1 else made
    return made.squeeze(-1) if b.dim() == 1 else made


def fill_diagonal(a, value, wrap=False):
    """Shapes stay; the elements are those that the run knows."""
    if isinstance(a, list):
        return unknown("`numpy.fill_diagonal` of a list")
    a.fill_diagonal_(value)


def swapaxes(a, axis1, axis2):
    return a if _is_flat(a) else _tensor(a).transpose(axis1, axis2)
