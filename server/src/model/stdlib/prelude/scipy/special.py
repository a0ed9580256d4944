import math

from _ecocompute_std import plain_unknown

from ._sizes import each, like

softmax = log_softmax = like


def expit(x):
    return each(x)


logit = erf = erfc = erfinv = gamma = gammaln = loggamma = digamma = psi = i0 = i0e = i1 = exp1 = zeta = expit


def comb(N, k, *, exact=False, repetition=False):
    if not isinstance(N, int) or not isinstance(k, int):
        return each(N, k)
    chosen = math.comb(N + k - 1 if repetition else N, k) if 0 <= k and 0 <= N else 0
    return chosen if exact else float(chosen)


def binom(n, k):
    return comb(n, k)


def factorial(n, exact=False):
    if not isinstance(n, int):
        return each(n)
    found = math.factorial(n) if n >= 0 else 0
    return found if exact else float(found)


def __getattr__(name):
    return plain_unknown("`scipy.special." + name + "` is not interpreted")
