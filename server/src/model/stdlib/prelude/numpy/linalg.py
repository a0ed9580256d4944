"""Decompositions have known sizes and elements that only the run knows."""
from _ecocompute_std import unknown
from _ecocompute_numpy import abs, asarray, host, made, max, sqrt, square, sum


class LinAlgError(ValueError):
    pass


def _real(a):
    found = asarray(a)
    return found if found.dtype.kind in "fc" else found.astype(float)


def _empty(*shape):
    return made("torch.empty", shape)


def norm(x, ord=None, axis=None, keepdims=False):
    found = _real(x)
    if axis is None and ord is None:
        total = sqrt(sum(square(found.ravel())))
        return asarray(total).reshape((1,) * found.ndim) if keepdims else total
    if axis is None and found.ndim == 1:
        axis = 0
    if isinstance(axis, (tuple, list)) and len(axis) == 1:
        axis = axis[0]
    if axis is None or isinstance(axis, (tuple, list)):
        if ord not in (None, "fro"):
            return unknown("`numpy.linalg.norm` of this order")
        return sqrt(sum(square(found), axis, keepdims=keepdims))
    if ord is None or ord == 2:
        return sqrt(sum(square(found), axis, keepdims=keepdims))
    if ord == 1:
        return sum(abs(found), axis, keepdims=keepdims)
    if ord == float("inf"):
        return max(abs(found), axis, keepdims=keepdims)
    return host("torch.linalg.vector_norm", found, ord, axis, keepdims)


def inv(a):
    return host("torch.linalg.inv", _real(a))


def pinv(a, *args, **kwargs):
    return host("torch.linalg.pinv", _real(a))


def det(a):
    return host("torch.linalg.det", _real(a))


def slogdet(a):
    return tuple(host("torch.linalg.slogdet", _real(a)))


def solve(a, b):
    return host("torch.linalg.solve", _real(a), _real(b))


def lstsq(a, b, rcond=None):
    return tuple(host("torch.linalg.lstsq", _real(a), _real(b)))


def cholesky(a):
    return host("torch.linalg.cholesky", _real(a))


def svd(a, full_matrices=True, compute_uv=True, **kwargs):
    if not compute_uv:
        return host("torch.linalg.svdvals", _real(a))
    return tuple(host("torch.linalg.svd", _real(a), full_matrices))


def qr(a, mode="reduced"):
    found = tuple(host("torch.linalg.qr", _real(a), "complete" if mode == "complete" else "reduced"))
    return found[1] if mode == "r" else found


def eigh(a, UPLO="L"):
    return tuple(host("torch.linalg.eigh", _real(a)))


def eigvalsh(a, UPLO="L"):
    return host("torch.linalg.eigvalsh", _real(a))


def eig(a):
    # Whether they are complex depends on the elements.
    found = _real(a)
    return _empty(*found.shape[:-1]), _empty(*found.shape)


def eigvals(a):
    return _empty(*_real(a).shape[:-1])


def matrix_power(a, n):
    found = asarray(a)
    if n < 0:
        return host("torch.linalg.matrix_power", _real(a), n)
    from ._make import eye

    total = eye(found.shape[-1], dtype=found.dtype)
    for _ in range(n):
        total = total @ found
    return total


def matrix_rank(a, *args, **kwargs):
    return host("torch.linalg.matrix_rank", _real(a))


def __getattr__(name):
    return unknown("`numpy.linalg." + name + "`")
