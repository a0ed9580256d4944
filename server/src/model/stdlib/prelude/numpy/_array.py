"""Arrays of one dimension: lists that compute element by element. Arrays of more dimensions are tensors."""
import math
from _ecocompute_std import unknown


class ndarray(list):
    # The array that a slice was taken from, and the positions there: both are the same memory.
    _base = None

    def _with(self, other, fn):
        if isinstance(other, (list, tuple)):
            if len(other) == 1 and len(self) != 1:
                return ndarray([fn(a, other[0]) for a in self])
            if len(self) == 1 and len(other) != 1:
                return ndarray([fn(list(self)[0], b) for b in other])
            if len(self) != len(other):
                raise ValueError(
                    "operands could not be broadcast together with shapes (%d,) (%d,) " % (len(self), len(other))
                )
            return ndarray([fn(a, b) for a, b in zip(self, other)])
        if hasattr(other, "new_tensor"):
            from . import _tensor

            return fn(_tensor(self), other)
        return ndarray([fn(a, other) for a in self])

    def _become(self, values):
        for i, value in enumerate(values):
            self._put(i, value)
        return self

    def _put(self, i, value):
        super().__setitem__(i, value)
        if self._base is not None:
            array, positions = self._base
            array._put(positions[i], value)

    def __add__(self, other):
        return self._with(other, lambda a, b: a + b)

    __radd__ = __add__

    def __sub__(self, other):
        return self._with(other, lambda a, b: a - b)

    def __rsub__(self, other):
        return self._with(other, lambda a, b: b - a)

    def __mul__(self, other):
        return self._with(other, lambda a, b: a * b)

    __rmul__ = __mul__

    def __truediv__(self, other):
        return self._with(other, lambda a, b: a / b)

    def __rtruediv__(self, other):
        return self._with(other, lambda a, b: b / a)

    def __floordiv__(self, other):
        return self._with(other, lambda a, b: a // b)

    def __rfloordiv__(self, other):
        return self._with(other, lambda a, b: b // a)

    def __mod__(self, other):
        return self._with(other, lambda a, b: a % b)

    def __rmod__(self, other):
        return self._with(other, lambda a, b: b % a)

    def __pow__(self, other):
        return self._with(other, lambda a, b: a**b)

    def __rpow__(self, other):
        return self._with(other, lambda a, b: b**a)

    def __and__(self, other):
        return self._with(other, lambda a, b: a & b)

    __rand__ = __and__

    def __or__(self, other):
        return self._with(other, lambda a, b: a | b)

    __ror__ = __or__

    def __xor__(self, other):
        return self._with(other, lambda a, b: a ^ b)

    def __invert__(self):
        return ndarray([not each if isinstance(each, bool) else ~each for each in self])

    def __matmul__(self, other):
        return self.dot(other)

    def __iadd__(self, other):
        return self._become(self + other)

    def __isub__(self, other):
        return self._become(self - other)

    def __imul__(self, other):
        return self._become(self * other)

    def __itruediv__(self, other):
        return self._become(self / other)

    def __ifloordiv__(self, other):
        return self._become(self // other)

    def __imod__(self, other):
        return self._become(self % other)

    def __ipow__(self, other):
        return self._become(self**other)

    def __neg__(self):
        return ndarray([-each for each in self])

    def __abs__(self):
        return ndarray([-each if each < 0 else each for each in self])

    def __lt__(self, other):
        return self._with(other, lambda a, b: a < b)

    def __le__(self, other):
        return self._with(other, lambda a, b: a <= b)

    def __gt__(self, other):
        return self._with(other, lambda a, b: a > b)

    def __ge__(self, other):
        return self._with(other, lambda a, b: a >= b)

    def __eq__(self, other):
        return self._with(other, lambda a, b: a == b)

    def __ne__(self, other):
        return self._with(other, lambda a, b: a != b)

    def _positions(self, key):
        """What a slice, a mask or a list of positions stands for; `None` for any other key."""
        if isinstance(key, slice):
            return list(range(len(self)))[key]
        if isinstance(key, list):
            if len(key) > 0 and isinstance(list(key)[0], bool):
                return [i for i, keep in enumerate(key) if keep]
            return [int(each) for each in key]
        return None

    def __getitem__(self, key):
        if isinstance(key, int):
            return list(self)[key]
        if key is None or key is Ellipsis or isinstance(key, tuple):
            from . import _tensor

            return self if key is Ellipsis else _tensor(self)[key]
        positions = self._positions(key)
        if positions is None:
            return unknown("an item of a numpy array")
        made = ndarray([list(self)[i] for i in positions])
        if isinstance(key, slice):
            made._base = (self, positions)
        return made

    def __setitem__(self, key, value):
        if isinstance(key, int) and self._base is None:
            super().__setitem__(key, value)
            return
        positions = [key if key >= 0 else key + len(self)] if isinstance(key, int) else self._positions(key)
        if key is Ellipsis:
            positions = list(range(len(self)))
        if positions is None:
            unknown("an item of a numpy array")
            super().__setitem__(key, value)
            return
        values = list(value) if isinstance(value, (list, tuple)) else [value] * len(positions)
        if len(values) == 1:
            values = values * len(positions)
        for i, each in zip(positions, values):
            self._put(i, each)

    def astype(self, kind, **kwargs):
        return ndarray([kind(each) for each in self])

    def tolist(self):
        return list(self)

    def copy(self):
        return ndarray(list(self))

    flatten = ravel = squeeze = copy

    def reshape(self, *shape):
        import torch

        made = torch.tensor(list(self)).reshape(*shape)
        return made if made.dim() != 1 else ndarray(list(self))

    def repeat(self, repeats, axis=None):
        from . import repeat

        return repeat(self, repeats, axis)

    def item(self, at=0):
        return list(self)[at]

    def fill(self, value):
        self._become([value] * len(self))

    def sort(self, axis=-1):
        self._become(sorted(list(self)))

    def argsort(self, axis=-1):
        return ndarray(sorted(range(len(self)), key=list(self).__getitem__))

    def argmax(self, axis=None):
        return list(self).index(max(list(self)))

    def argmin(self, axis=None):
        return list(self).index(min(list(self)))

    def nonzero(self):
        return (ndarray([i for i, each in enumerate(self) if each]),)

    def any(self, axis=None):
        return any([bool(each) for each in self])

    def all(self, axis=None):
        return all([bool(each) for each in self])

    def sum(self, axis=None, **kwargs):
        return sum(list(self))

    def max(self, axis=None, **kwargs):
        return max(list(self))

    def min(self, axis=None, **kwargs):
        return min(list(self))

    def mean(self, axis=None, **kwargs):
        return sum(list(self)) / len(self)

    def var(self, axis=None, ddof=0):
        mean = self.mean()
        return sum([(each - mean) ** 2 for each in self]) / (len(self) - ddof)

    def std(self, axis=None, ddof=0):
        return math.sqrt(self.var(ddof=ddof))

    def prod(self, axis=None, **kwargs):
        return math.prod(list(self))

    def cumsum(self, axis=None):
        from . import cumsum

        return cumsum(self)

    def cumprod(self, axis=None):
        from . import cumprod

        return cumprod(self)

    def clip(self, low=None, high=None):
        from . import clip

        return clip(self, -math.inf if low is None else low, math.inf if high is None else high)

    def round(self, decimals=0):
        from . import round

        whole = all([isinstance(each, int) for each in self])
        return self.copy() if whole else round(self, decimals)

    def dot(self, other):
        from . import _tensor, dot

        return dot(self, other) if not isinstance(other, list) else sum([a * b for a, b in zip(self, other)])

    @property
    def dtype(self):
        from ._kinds import bool_, float64, int64

        first = list(self)[0] if len(self) > 0 else 0.0
        return bool_ if isinstance(first, bool) else int64 if isinstance(first, int) else float64

    @property
    def T(self):
        return self

    @property
    def shape(self):
        return (len(self),)

    @property
    def size(self):
        return len(self)

    @property
    def ndim(self):
        return 1

    def __getattr__(self, name):
        return unknown("`numpy.ndarray." + name + "`")
