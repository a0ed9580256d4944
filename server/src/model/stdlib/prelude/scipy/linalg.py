"""Matrices have known sizes."""
from _ecocompute_numpy import asarray
from _ecocompute_std import plain_unknown
from numpy import concatenate, zeros

from ._sizes import like, values

expm = logm = sqrtm = inv = sinm = cosm = like


def pinv(a, *args, **kwargs):
    rows, columns = asarray(a).shape
    return values(columns, rows)


def _matrix(a):
    """The sizes of a matrix, the smaller of them, and what kind of number its factors hold."""
    found = asarray(a)
    rows, columns = found.shape
    return rows, columns, min(rows, columns), found.dtype if found.dtype.kind in "fc" else float


def qr(a, overwrite_a=False, lwork=None, mode="full", pivoting=False, check_finite=True):
    rows, columns, least, kind = _matrix(a)
    height = least if mode == "economic" else rows
    upper = values(height, columns, dtype=kind)
    order = (values(columns, dtype="int32"),) if pivoting else ()
    if mode == "r":
        return (upper, *order)
    if mode == "raw":
        return plain_unknown("the reflections that `scipy.linalg.qr` keeps as LAPACK does")
    return (values(rows, height, dtype=kind), upper, *order)


def rq(a, overwrite_a=False, lwork=None, mode="full", check_finite=True):
    rows, columns, least, kind = _matrix(a)
    width = least if mode == "economic" else columns
    upper = values(rows, width, dtype=kind)
    return upper if mode == "r" else (upper, values(width, columns, dtype=kind))


def lu(a, permute_l=False, overwrite_a=False, check_finite=True, p_indices=False):
    rows, columns, least, kind = _matrix(a)
    lower, upper = values(rows, least, dtype=kind), values(least, columns, dtype=kind)
    if permute_l:
        return lower, upper
    return values(rows, dtype=int) if p_indices else values(rows, rows, dtype=kind), lower, upper


def svd(a, full_matrices=True, compute_uv=True, overwrite_a=False, check_finite=True, lapack_driver="gesdd"):
    rows, columns, least, kind = _matrix(a)
    found = values(least, dtype=kind)
    if not compute_uv:
        return found
    left, right = (rows, columns) if full_matrices else (least, least)
    return values(rows, left, dtype=kind), found, values(right, columns, dtype=kind)


def svdvals(a, overwrite_a=False, check_finite=True):
    return svd(a, compute_uv=False)


def cholesky(a, lower=False, overwrite_a=False, check_finite=True):
    rows, columns, least, kind = _matrix(a)
    return values(rows, columns, dtype=kind)


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
