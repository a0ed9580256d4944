"""Sizes of spectra. Lengths that are fast are those that pocketfft has radices for (`good_size`)."""
from _ecocompute_std import plain_unknown
from numpy.fft import fft, fft2, fftfreq, fftshift, ifft, ifft2, ifftshift, irfft, rfft, rfftfreq

from ._sizes import like, smooth_from


def next_fast_len(target, real=False):
    return smooth_from(target, (2, 3, 5) if real else (2, 3, 5, 7, 11))


def dct(x, type=2, n=None, axis=-1, norm=None, overwrite_x=False):
    return like(x) if n is None else plain_unknown("`n` of a transform of scipy")


idct = dst = idst = dct
dctn = idctn = dstn = idstn = like


def __getattr__(name):
    return plain_unknown("`scipy.fft." + name + "` is not interpreted")
