"""What numpy makes of its functions of two numbers."""
from _ecocompute_std import unknown

_reductions = {
    "add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min", "logical_and": "all", "logical_or": "any",
}
_running = {"add": "cumsum", "multiply": "cumprod"}


def method(function, name):
    import numpy

    if name == "reduce":
        return _reduce(getattr(numpy, _reductions[function])) if function in _reductions else unknown("`numpy." + function + ".reduce`")
    if name == "accumulate":
        if function in _running:
            return _accumulate(getattr(numpy, _running[function]))
        return lambda array, axis=0: _steps(getattr(numpy, function), array, axis)
    if name == "outer":
        return lambda a, b: _outer(getattr(numpy, function), a, b)
    if name in ("at", "reduceat", "nin", "nout"):
        return unknown("`numpy." + function + "." + name + "`")
    raise AttributeError("'numpy.ufunc' object has no attribute '" + name + "'")


def _reduce(along):
    return lambda array, axis=0, dtype=None, out=None, keepdims=False: along(array, axis, dtype, keepdims=keepdims)


def _accumulate(along):
    return lambda array, axis=0, dtype=None: along(array, axis, dtype)


def _steps(function, array, axis):
    from numpy import asarray, moveaxis, stack

    rows = list(moveaxis(asarray(array), axis, 0))
    for i in range(1, len(rows)):
        rows[i] = function(rows[i - 1], rows[i])
    return stack(rows, axis)


def _outer(function, a, b):
    from numpy import asarray

    left = asarray(a)
    return function(left.reshape(left.shape + (1,) * asarray(b).ndim), asarray(b))
