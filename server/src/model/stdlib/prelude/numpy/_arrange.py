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


def reshape(a, newshape, order="C"):
    if order != "C":
        return unknown("`numpy.reshape` in another order")
    return _tensor(a).reshape(newshape)


def ravel(a, order="C"):
    return a if _is_flat(a) else _tensor(a).flatten()


def roll(a, shift, axis=None):
    made = _tensor(a)
    return made.roll(shift) if axis is None else made.roll(shift, axis)


def moveaxis(a, source, destination):
    return _tensor(a).movedim(source, destination)


def rollaxis(a, axis, start=0):
    made = _tensor(a)
    axis = axis % made.dim()
    return made.movedim(axis, start - 1 if axis < start else start)


def rot90(m, k=1, axes=(0, 1)):
    return _tensor(m).rot90(k, list(axes))


def split(ary, indices_or_sections, axis=0):
    made = _tensor(ary)
    return list(made.tensor_split(indices_or_sections, axis))


array_split = split


def pad(array, pad_width, mode="constant", **kwargs):
    import torch

    made = _tensor(array)
    widths = [(pad_width, pad_width)] * made.dim() if isinstance(pad_width, int) else list(pad_width)
    if isinstance(widths[0], int):
        widths = [tuple(widths)] * made.dim()
    if mode != "constant":
        return unknown("`numpy.pad` in another mode")
    flat = [each for pair in widths[::-1] for each in pair]
    return torch.nn.functional.pad(made, flat, value=kwargs.get("constant_values", 0))


def broadcast_to(array, shape):
    return _tensor(array).expand(shape if isinstance(shape, (tuple, list)) else (shape,))


def atleast_1d(a):
    return _array([a]) if isinstance(a, (int, float)) else a


def atleast_2d(a):
    made = _tensor(a)
    return made.reshape(1, -1) if made.dim() < 2 else made


def column_stack(arrays):
    import torch

    return torch.column_stack([_tensor(each) for each in arrays])


def kron(a, b):
    return _tensor(a).kron(_tensor(b))


def cross(a, b, axis=-1):
    return _tensor(a).cross(_tensor(b), axis)


def trace(a):
    return _tensor(a).diagonal().sum()


def nonzero(a):
    if _is_flat(a):
        return (_array([i for i, each in enumerate(a) if each]),)
    return _tensor(a).nonzero(as_tuple=True)


def triu_indices(n, k=0, m=None):
    import torch

    return tuple(torch.triu_indices(n, n if m is None else m, k))


def tril_indices(n, k=0, m=None):
    import torch

    return tuple(torch.tril_indices(n, n if m is None else m, k))


def diag_indices(n, ndim=2):
    return tuple([_array(range(n))] * ndim)


def ndim(a):
    return 0 if isinstance(a, (int, float)) else _tensor(a).dim()


def shape(a):
    return tuple(_tensor(a).shape)


def size(a, axis=None):
    made = _tensor(a)
    return made.numel() if axis is None else made.shape[axis]
