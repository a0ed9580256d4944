"""Functions of each element, of pairs of elements, and questions about all of them."""
import math
from _ecocompute_std import unknown


def _is_tensor(x):
    return not isinstance(x, (int, float, list, tuple)) and hasattr(x, "new_tensor")


def _each(x, number, tensor):
    if _is_tensor(x):
        return tensor(x)
    if not isinstance(x, (list, tuple)):
        return number(x)
    from numpy import array

    nested = [each for each in x if isinstance(each, (list, tuple))]
    return tensor(array(x)) if nested else array([number(each) for each in x])


def arcsin(x):
    return _each(x, math.asin, lambda t: t.asin())


def arccos(x):
    return _each(x, math.acos, lambda t: t.acos())


def sinh(x):
    return _each(x, math.sinh, lambda t: t.sinh())


def cosh(x):
    return _each(x, math.cosh, lambda t: t.cosh())


def log10(x):
    return _each(x, math.log10, lambda t: t.log10())


def expm1(x):
    return _each(x, math.expm1, lambda t: t.expm1())


def exp2(x):
    return _each(x, lambda v: 2.0**v, lambda t: t.exp2())


def rint(x):
    return _each(x, lambda v: float(round(v)), lambda t: t.round())


def trunc(x):
    return _each(x, lambda v: float(math.trunc(v)), lambda t: t.trunc())


fix = trunc


def rad2deg(x):
    return _each(x, math.degrees, lambda t: t.rad2deg())


degrees = rad2deg


def reciprocal(x):
    return _each(x, lambda v: 1 / v, lambda t: t.reciprocal())


def isnan(x):
    return _each(x, math.isnan, lambda t: t.isnan())


def isinf(x):
    return _each(x, math.isinf, lambda t: t.isinf())


def isfinite(x):
    return _each(x, math.isfinite, lambda t: t.isfinite())


def logical_not(x):
    return _each(x, lambda v: not v, lambda t: t.logical_not())


def _pair(a, b, numbers, tensors):
    if _is_tensor(a) or _is_tensor(b):
        import torch

        left, right = (each if _is_tensor(each) else torch.tensor(each) for each in (a, b))
        return tensors(left, right)
    from numpy import array

    if isinstance(a, (list, tuple)):
        others = b if isinstance(b, (list, tuple)) else [b] * len(a)
        return array([numbers(x, y) for x, y in zip(a, others)])
    return array([numbers(a, y) for y in b]) if isinstance(b, (list, tuple)) else numbers(a, b)


def maximum(a, b):
    return _pair(a, b, lambda x, y: x if x >= y else y, lambda x, y: x.maximum(y))


def minimum(a, b):
    return _pair(a, b, lambda x, y: x if x <= y else y, lambda x, y: x.minimum(y))


def arctan2(a, b):
    return _pair(a, b, math.atan2, lambda x, y: x.atan2(y))


def hypot(a, b):
    return _pair(a, b, math.hypot, lambda x, y: x.hypot(y))


def logical_and(a, b):
    return _pair(a, b, lambda x, y: bool(x) and bool(y), lambda x, y: x.logical_and(y))


def logical_or(a, b):
    return _pair(a, b, lambda x, y: bool(x) or bool(y), lambda x, y: x.logical_or(y))


def equal(a, b):
    return _pair(a, b, lambda x, y: x == y, lambda x, y: x == y)


def greater(a, b):
    return _pair(a, b, lambda x, y: x > y, lambda x, y: x > y)


def less(a, b):
    return _pair(a, b, lambda x, y: x < y, lambda x, y: x < y)


def all(a, axis=None):
    if _is_tensor(a):
        return a.all() if axis is None else a.all(axis)
    for each in a:
        if not each:
            return False
    return True


def any(a, axis=None):
    if _is_tensor(a):
        return a.any() if axis is None else a.any(axis)
    for each in a:
        if each:
            return True
    return False


alltrue = all
sometrue = any


def array_equal(a, b):
    if _is_tensor(a) or _is_tensor(b):
        return unknown("`numpy.array_equal` of tables")
    return list(a) == list(b)
