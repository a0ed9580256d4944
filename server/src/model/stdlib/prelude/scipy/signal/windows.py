"""Windows have the length that is asked for."""
from _ecocompute_std import plain_unknown

from .._sizes import values


def get_window(window, Nx, fftbins=True):
    return values(Nx)


def hann(M, sym=True):
    return values(M)


barthann = bartlett = blackman = blackmanharris = bohman = boxcar = cosine = flattop = hamming = hann
lanczos = nuttall = parzen = triang = hann


def kaiser(M, beta, sym=True):
    return values(M)


def gaussian(M, std, sym=True):
    return values(M)


def tukey(M, alpha=0.5, sym=True):
    return values(M)


def __getattr__(name):
    return plain_unknown("`scipy.signal.windows." + name + "` is not interpreted")
