"""Random numbers have the size that is asked for."""
from _ecocompute_std import plain_unknown
from numpy.random import normal

from ._sizes import each


class _Frozen:
    def rvs(self, size=1, random_state=None):
        return normal(size=None if size == 1 or size == () else size)

    def pdf(self, x):
        return each(x)

    cdf = logpdf = logcdf = sf = ppf = pdf


class _Distribution(_Frozen):
    """`shapes` are its own parameters, which stand before the place and the scale."""

    def __init__(self, shapes):
        self._shapes = shapes

    def __call__(self, *args, **kwargs):
        return _Frozen()

    def rvs(self, *args, size=1, **kwargs):
        at = self._shapes + 2
        return _Frozen().rvs(args[at] if len(args) > at else size)

    def pdf(self, x, *args, **kwargs):
        return each(x, *args)

    cdf = logpdf = logcdf = sf = ppf = pdf


norm = _Distribution(0)
uniform = expon = laplace = logistic = norm
truncnorm = beta = _Distribution(2)
gamma = t = chi2 = lognorm = _Distribution(1)


def __getattr__(name):
    return plain_unknown("`scipy.stats." + name + "` is not interpreted")
