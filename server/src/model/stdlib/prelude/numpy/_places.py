"""Places in arrays: what is written there, what is joined along them."""
from _ecocompute_numpy import asarray
from ._arrange import atleast_1d, broadcast_to, concatenate
from ._make import arange, diag_indices, linspace, tril_indices, triu_indices


def copyto(dst, src, casting="same_kind", where=True):
    if where is True:
        dst[...] = src
        return
    from ._search import where as chosen

    dst[...] = chosen(where, src, dst).astype(dst.dtype)


def putmask(a, mask, values):
    copyto(a, values if isinstance(values, (int, float)) else broadcast_to(asarray(values), a.shape), where=mask)


def place(arr, mask, vals):
    if asarray(vals).size != 1:
        from _ecocompute_std import unknown

        return unknown("`numpy.place` of several values")
    putmask(arr, mask, asarray(vals).ravel()[0])


def triu_indices_from(arr, k=0):
    return triu_indices(arr.shape[-2], k, arr.shape[-1])


def tril_indices_from(arr, k=0):
    return tril_indices(arr.shape[-2], k, arr.shape[-1])


def diag_indices_from(arr):
    return diag_indices(arr.shape[0], arr.ndim)


def fromfunction(function, shape, *, dtype=float, **kwargs):
    from ._make import indices

    return function(*indices(shape).astype(dtype), **kwargs)


def broadcast_shapes(*args):
    sizes = [(each,) if isinstance(each, int) else tuple(each) for each in args]
    rank = sorted([0] + [len(each) for each in sizes])[-1]
    padded = [(1,) * (rank - len(each)) + each for each in sizes]
    made_of = []
    for column in zip(*padded):
        wide = {each for each in column if each != 1}
        if len(wide) > 1:
            raise ValueError("shape mismatch: objects cannot be broadcast to a single shape")
        made_of.append(wide.pop() if wide else 1)
    return tuple(made_of)


def block(arrays):
    def depth(each):
        return 1 + depth(each[0]) if isinstance(each, list) else 0

    def joined(each, axis):
        return concatenate([joined(part, axis + 1) for part in each], axis) if isinstance(each, list) else least(each)

    levels = depth(arrays)

    def least(each):
        found = asarray(each)
        return found.reshape((1,) * (levels - found.ndim) + found.shape) if found.ndim < levels else found

    return joined(arrays, -levels)


class _Index:
    def __init__(self, wraps):
        self.wraps = wraps

    def __getitem__(self, key):
        return (key,) if self.wraps and not isinstance(key, tuple) else key


s_ = _Index(False)
index_exp = _Index(True)


def _part(each):
    if not isinstance(each, slice):
        return each if hasattr(each, "ndim") else atleast_1d(each)
    start, step = each.start or 0, each.step or 1
    if isinstance(step, complex):
        return linspace(start, each.stop, int(step.imag))
    return arange(start, each.stop, step)


class _Rows:
    def __getitem__(self, key):
        if isinstance(key, tuple) and key and isinstance(key[0], str):
            from _ecocompute_std import unknown

            return unknown("`numpy.r_` with a directive")
        parts = key if isinstance(key, tuple) else (key,)
        return concatenate([atleast_1d(_part(each)) for each in parts])


class _Columns:
    def __getitem__(self, key):
        from ._arrange import column_stack

        parts = key if isinstance(key, tuple) else (key,)
        return column_stack([atleast_1d(_part(each)) for each in parts])


r_ = _Rows()
c_ = _Columns()
