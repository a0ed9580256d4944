from _ecocompute_numpy import asarray
from _ecocompute_std import plain_unknown

from ._sizes import values


def linear_sum_assignment(cost_matrix, maximize=False):
    """A pair for each row or each column, whichever are fewer: which ones the costs decide."""
    pairs = min(asarray(cost_matrix).shape)
    return values(pairs, dtype=int), values(pairs, dtype=int)


def __getattr__(name):
    return plain_unknown("`scipy.optimize." + name + "` is not interpreted")
