"""`numpy.eye`, whose elements model code knows one by one."""
from _ecocompute_std import unknown


class _Rows(list):
    """Rows of equal length, to be flattened."""

    def flatten(self):
        from numpy import array

        return array([each for row in self for each in row])

    ravel = flatten

    def astype(self, kind):
        return _Rows([[kind(each) for each in row] for row in self])

    @property
    def shape(self):
        return (len(self), len(list(self)[0]))

    def __add__(self, other):
        return unknown("arithmetic on `numpy.eye`")

    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __neg__ = __getitem__ = __add__

    def __getattr__(self, name):
        return unknown("`numpy.ndarray." + name + "`")


def eye(n, dtype=float):
    return _Rows([[dtype(i == j) for j in range(n)] for i in range(n)])


identity = eye
