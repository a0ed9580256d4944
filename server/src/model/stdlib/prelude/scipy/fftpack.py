from _ecocompute_std import plain_unknown
from numpy.fft import fft, fft2, fftfreq, fftshift, ifft, ifft2, ifftshift

from ._sizes import smooth_from
from .fft import dct, dst, idct, idst


def next_fast_len(target):
    return smooth_from(target, (2, 3, 5))


def __getattr__(name):
    return plain_unknown("`scipy.fftpack." + name + "` is not interpreted")
