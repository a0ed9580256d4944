"""Parts of complex numbers."""
from _ecocompute_std import unknown
from _ecocompute_numpy import arctan2, asarray, cumsum, floor
from ._search import conj


def real(val):
    return val.real if hasattr(val, "real") else asarray(val).real


def imag(val):
    return val.imag if hasattr(val, "imag") else asarray(val).imag


def angle(z, deg=False):
    found = z if isinstance(z, (int, float, complex)) else asarray(z)
    made_of = arctan2(found.imag, found.real)
    return made_of * (180 / 3.141592653589793) if deg else made_of


conjugate = conj


def iscomplexobj(x):
    return isinstance(x, complex) or (not isinstance(x, (int, float)) and asarray(x).dtype.kind == "c")


def isrealobj(x):
    return not iscomplexobj(x)


def iscomplex(x):
    return imag(x) != 0


def real_if_close(a, tol=100):
    return unknown("`numpy.real_if_close`") if iscomplexobj(a) else a


def unwrap(p, discont=None, axis=-1, **kwargs):
    from ._arrange import concatenate, moveaxis
    from ._search import diff

    turn = 6.283185307179586
    rows = moveaxis(asarray(p, float), axis, 0)
    steps = diff(rows, 1, 0)
    turns = -floor((steps + turn / 2) / turn)
    return moveaxis(concatenate([rows[:1], rows[1:] + cumsum(turns * turn, 0)]), 0, axis)
