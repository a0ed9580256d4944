"""The little of numpy that model code computes its sizes with."""
import math
from _ecocompute_std import unknown, typing_name
from . import random

pi = math.pi
e = math.e
inf = math.inf
nan = math.nan
newaxis = None
float32 = float
float64 = float
float16 = float
int64 = int
int32 = int
int8 = int
uint8 = int
bool_ = bool
integer = int
floating = float
number = typing_name("number")
generic = typing_name("generic")


class ndarray(list):
    def _pairs(self, other):
        if isinstance(other, (list, tuple)):
            return zip(self, other)
        return [(each, other) for each in self]

    def __add__(self, other):
        return ndarray([a + b for a, b in self._pairs(other)])

    def __radd__(self, other):
        return ndarray([b + a for a, b in self._pairs(other)])

    def __sub__(self, other):
        return ndarray([a - b for a, b in self._pairs(other)])

    def __rsub__(self, other):
        return ndarray([b - a for a, b in self._pairs(other)])

    def __mul__(self, other):
        return ndarray([a * b for a, b in self._pairs(other)])

    def __rmul__(self, other):
        return ndarray([b * a for a, b in self._pairs(other)])

    def __truediv__(self, other):
        return ndarray([a / b for a, b in self._pairs(other)])

    def __floordiv__(self, other):
        return ndarray([a // b for a, b in self._pairs(other)])

    def __pow__(self, other):
        return ndarray([a**b for a, b in self._pairs(other)])

    def astype(self, kind):
        return ndarray([kind(each) for each in self])

    def tolist(self):
        return list(self)

    def sum(self):
        return sum(self)

    def max(self):
        return max(self)

    def min(self):
        return min(self)

    def mean(self):
        return sum(self) / len(self)

    @property
    def shape(self):
        return (len(self),)

    @property
    def size(self):
        return len(self)


def array(values, dtype=None):
    if isinstance(values, (list, tuple)) and not any(isinstance(each, (list, tuple)) for each in values):
        return ndarray([each if dtype is None else dtype(each) for each in values])
    import torch

    return values if isinstance(values, torch.Tensor) else torch.tensor(values)


asarray = array


def _each(fn, x):
    return ndarray([fn(each) for each in x]) if isinstance(x, (list, tuple)) else fn(x)


def arange(*bounds, dtype=None):
    start, stop, step = 0, 0, 1
    if len(bounds) == 1:
        stop = bounds[0]
    elif len(bounds) == 2:
        start, stop = bounds
    else:
        start, stop, step = bounds
    count = max(0, math.ceil((stop - start) / step))
    return ndarray([start + i * step for i in range(count)])


def linspace(start, stop, num=50, endpoint=True, dtype=None):
    if num == 1:
        return ndarray([float(start)])
    step = (stop - start) / ((num - 1) if endpoint else num)
    return ndarray([start + i * step for i in range(num)])


def prod(values, **kwargs):
    total = 1
    for each in values:
        total = total * each
    return total


def cumsum(values):
    total = 0
    made = []
    for each in values:
        total = total + each
        made.append(total)
    return ndarray(made)


def sqrt(x):
    return x.sqrt() if hasattr(x, "new_tensor") else _each(math.sqrt, x)


def log(x):
    return x.log() if hasattr(x, "new_tensor") else _each(math.log, x)


def log2(x):
    return x.log2() if hasattr(x, "new_tensor") else _each(math.log2, x)


def exp(x):
    return x.exp() if hasattr(x, "new_tensor") else _each(math.exp, x)


def ceil(x):
    return _each(lambda v: float(math.ceil(v)), x)


def floor(x):
    return _each(lambda v: float(math.floor(v)), x)


def round(x, decimals=0):
    return _each(lambda v: float(_round(v, decimals)), x)


def _round(v, decimals):
    scale = 10**decimals
    scaled = v * scale
    low = math.floor(scaled)
    rest = scaled - low
    if rest == 0.5:
        return (low if low % 2 == 0 else low + 1) / scale
    return (low if rest < 0.5 else low + 1) / scale


def abs(x):
    return _each(lambda v: v if v >= 0 else -v, x)


def outer(x, y):
    import torch

    return torch.outer(torch.tensor(x), torch.tensor(y))


def power(x, y):
    return x**y


def sin(x):
    return x.sin() if hasattr(x, "new_tensor") else _each(math.sin, x)


def cos(x):
    return x.cos() if hasattr(x, "new_tensor") else _each(math.cos, x)


def sum(values, **kwargs):
    total = 0
    for each in values:
        total = total + each
    return total


def mean(values, **kwargs):
    return sum(values) / len(values)


def max(values, *args, **kwargs):
    best = values[0]
    for each in values:
        if each > best:
            best = each
    return best


amax = max


def min(values, *args, **kwargs):
    best = values[0]
    for each in values:
        if each < best:
            best = each
    return best


def zeros(shape, dtype=None):
    return ndarray([0.0] * shape) if isinstance(shape, int) else _filled(shape)


def ones(shape, dtype=None):
    return ndarray([1.0] * shape) if isinstance(shape, int) else _filled(shape)


def _filled(shape):
    import torch

    return torch.zeros(shape)


def unique(values):
    return ndarray(sorted(set(values)))


def clip(x, low, high):
    return _each(lambda v: low if v < low else high if v > high else v, x)


def argmax(values):
    return values.index(max(values))


def isscalar(x):
    return isinstance(x, (int, float, str))


def __getattr__(name):
    return unknown("`numpy." + name + "`")
