"""Matrices have known sizes."""
from _ecocompute_numpy import asarray
from _ecocompute_std import plain_unknown
from numpy import concatenate, zeros

from ._sizes import like, values

expm = logm = sqrtm = inv = sinm = cosm = like


def pinv(a, *args, **kwargs):
    rows, columns = asarray(a).shape
    return values(columns, rows)


def hadamard(n, dtype=int):
    return values(n, n, dtype=dtype)


def dft(n, scale=None):
    return values(n, n, dtype=complex)


def toeplitz(c, r=None):
    first = asarray(c)
    row = first if r is None else asarray(r)
    return values(first.size, row.size, dtype=first.dtype)


def circulant(c):
    return toeplitz(c)


def block_diag(*arrs):
    wide = [asarray(one) for one in arrs]
    if not all([one.ndim == 2 for one in wide]):
        return plain_unknown("blocks that are no matrices")
    columns = sum([one.shape[1] for one in wide])
    rows = []
    before = 0
    for one in wide:
        height, width = one.shape
        after = columns - before - width
        rows.append(concatenate([zeros((height, before)), one, zeros((height, after))], axis=1))
        before += width
    return concatenate(rows, axis=0)


def __getattr__(name):
    return plain_unknown("`scipy.linalg." + name + "` is not interpreted")
