"""Functions that put elements of arrays elsewhere."""
from _ecocompute_std import known_elements, unknown
from _ecocompute_numpy import asarray, host, made, result_kind


def _list(x):
    return x.tolist() if hasattr(x, "tolist") else list(x) if isinstance(x, (list, tuple, range)) else x


def _alike(arrays):
    found = [asarray(each) for each in arrays]
    kind = result_kind(*found)
    return [each.astype(kind) if each.dtype != kind else each for each in found]


def concatenate(arrays, axis=0, out=None, dtype=None, casting="same_kind"):
    found = _alike(arrays)
    if axis is None:
        return made("torch.cat", [each.ravel() for each in found], 0)
    for i, each in enumerate(found):
        if each.ndim == 0:
            raise ValueError("zero-dimensional arrays cannot be concatenated")
        if each.ndim != found[0].ndim:
            raise ValueError(
                "all the input array dimensions except for the concatenation axis must match exactly, but along dimension 0, the "
                "array at index 0 has %d dimension(s) and the array at index %d has %d dimension(s)" % (found[0].ndim, i, each.ndim)
            )
    return made("torch.cat", found, axis)


def stack(arrays, axis=0, out=None, **kwargs):
    found = _alike(arrays)
    if any([each.shape != found[0].shape for each in found]):
        raise ValueError("all input arrays must have the same shape")
    return made("torch.stack", found, axis)


def hstack(tup, **kwargs):
    found = [atleast_1d(each) for each in tup]
    return concatenate(found, 0 if found[0].ndim == 1 else 1)


def vstack(tup, **kwargs):
    return concatenate([atleast_2d(each) for each in tup], 0)


row_stack = vstack


def dstack(tup):
    return concatenate([atleast_3d(each) for each in tup], 2)


def column_stack(tup):
    found = [asarray(each) for each in tup]
    return concatenate([each.reshape(-1, 1) if each.ndim < 2 else each for each in found], 1)


def atleast_1d(a):
    found = asarray(a)
    return found if found.ndim > 0 else found.reshape(1)


def atleast_2d(a):
    found = asarray(a)
    return found if found.ndim > 1 else found.reshape(1, -1)


def atleast_3d(a):
    found = atleast_1d(a)
    return found.reshape(1, -1, 1) if found.ndim == 1 else found[..., None] if found.ndim == 2 else found


def append(arr, values, axis=None):
    if axis is None:
        return concatenate([asarray(arr).ravel(), asarray(values).ravel()])
    return concatenate([arr, values], axis)


def tile(A, reps):
    counts = _list(reps)
    counts = tuple(counts) if isinstance(counts, list) else (counts,)
    return made("torch.tile", asarray(A), counts)


def repeat(a, repeats, axis=None):
    found = asarray(a)
    found = found.ravel() if axis is None else found
    axis = 0 if axis is None else axis
    counts = _list(repeats)
    if isinstance(counts, list):
        counts = counts * found.shape[axis] if len(counts) == 1 else counts
        if known_elements(counts) is None:
            return unknown("`numpy.repeat` of counts that are not known")
        from ._search import take

        return take(found, [i for i, count in enumerate(counts) for _ in range(count)], axis)
    return made("torch.repeat_interleave", found, counts, axis)


def expand_dims(a, axis):
    found = asarray(a)
    axes = list(axis) if isinstance(axis, (list, tuple)) else [axis]
    rank = found.ndim + len(axes)
    for each in sorted([each % rank for each in axes]):
        found = made("torch.unsqueeze", found, each)
    return found


def squeeze(a, axis=None):
    found = asarray(a)
    if axis is None:
        return made("torch.squeeze", found)
    for each in sorted([each % found.ndim for each in (axis if isinstance(axis, (list, tuple)) else [axis])], reverse=True):
        if found.shape[each] != 1:
            raise ValueError("cannot select an axis to squeeze out which has size not equal to one")
        found = made("torch.squeeze", found, each)
    return found


def transpose(a, axes=None):
    return asarray(a).transpose(axes)


def swapaxes(a, axis1, axis2):
    return made("torch.transpose", asarray(a), axis1, axis2)


def moveaxis(a, source, destination):
    return made("torch.movedim", asarray(a), source, destination)


def rollaxis(a, axis, start=0):
    found = asarray(a)
    axis = axis % found.ndim
    return moveaxis(found, axis, start - 1 if axis < start else start)


def reshape(a, newshape, order="C"):
    if order != "C":
        return unknown("`numpy.reshape` in another order")
    return asarray(a).reshape(newshape)


def resize(a, new_shape):
    return unknown("`numpy.resize`")


def ravel(a, order="C"):
    return asarray(a).ravel() if order == "C" else asarray(a).T.ravel()


def flip(m, axis=None):
    found = asarray(m)
    return made("torch.flip", found, tuple(range(found.ndim)) if axis is None else axis)


def flipud(m):
    return flip(m, 0)


def fliplr(m):
    return flip(m, 1)


def roll(a, shift, axis=None):
    found = asarray(a)
    return made("torch.roll", found, shift) if axis is None else made("torch.roll", found, shift, axis)


def rot90(m, k=1, axes=(0, 1)):
    return made("torch.rot90", asarray(m), k, list(axes))


def array_split(ary, indices_or_sections, axis=0):
    found = asarray(ary)
    return list(host("torch.tensor_split", found, _list(indices_or_sections), axis))


def split(ary, indices_or_sections, axis=0):
    found = asarray(ary)
    if isinstance(indices_or_sections, int) and found.shape[axis] % indices_or_sections != 0:
        raise ValueError("array split does not result in an equal division")
    return array_split(found, indices_or_sections, axis)


def vsplit(ary, indices_or_sections):
    return split(ary, indices_or_sections, 0)


def hsplit(ary, indices_or_sections):
    found = asarray(ary)
    return split(found, indices_or_sections, 0 if found.ndim == 1 else 1)


def dsplit(ary, indices_or_sections):
    return split(ary, indices_or_sections, 2)


def meshgrid(*xi, copy=True, sparse=False, indexing="xy"):
    lines = [asarray(each).ravel() for each in xi]
    if not sparse:
        found = list(host("torch.meshgrid", *lines, indexing=indexing))
        return [each.copy() for each in found] if copy else found
    order = list(range(len(lines)))
    if indexing == "xy" and len(lines) > 1:
        order[0], order[1] = 1, 0
    return [each.reshape([-1 if i == order[at] else 1 for i in range(len(lines))]) for at, each in enumerate(lines)]


def pad(array, pad_width, mode="constant", **kwargs):
    found = asarray(array)
    widths = _list(pad_width)
    widths = [[widths, widths]] * found.ndim if not isinstance(widths, list) else [_list(each) for each in widths]
    if not isinstance(widths[0], list):
        widths = [widths if len(widths) == 2 else widths * 2] * found.ndim
    if len(widths) == 1:
        widths = widths * found.ndim
    if mode == "constant" or mode not in ("edge", "reflect", "symmetric", "wrap"):
        value = kwargs.get("constant_values", 0)
        if mode != "constant" or not isinstance(value, (int, float)):
            return unknown("`numpy.pad` in this mode")
        return made("torch.nn.functional.pad", found, [each for pair in widths[::-1] for each in pair], value=value)
    for axis, pair in enumerate(widths):
        found = _padded(found, axis, pair, mode)
    return found


def _padded(found, axis, pair, mode):
    from ._search import take

    size = found.shape[axis]
    places = []
    for i in range(-pair[0], size + pair[1]):
        if mode == "edge":
            places.append(0 if i < 0 else size - 1 if i >= size else i)
        elif mode == "wrap":
            places.append(i % size)
        else:
            period = 2 * size if mode == "symmetric" else 2 * size - 2 if size > 1 else 1
            at = i % period
            places.append(at if at < size else (period - 1 if mode == "symmetric" else period) - at)
    return take(found, places, axis)


def broadcast_to(array, shape):
    return made("torch.broadcast_to", asarray(array), shape if isinstance(shape, (tuple, list)) else (shape,))


def broadcast_arrays(*args, **kwargs):
    return list(host("torch.broadcast_tensors", *[asarray(each) for each in args]))


def ndim(a):
    return asarray(a).ndim


def shape(a):
    return asarray(a).shape


def size(a, axis=None):
    found = asarray(a)
    return found.size if axis is None else found.shape[axis]
