from _ecocompute_numpy import asarray
from _ecocompute_std import plain_unknown
from numpy import convolve, correlate

from . import windows
from .._sizes import like, values
from .windows import get_window

bartlett = windows.bartlett
blackman = windows.blackman
boxcar = windows.boxcar
cosine = windows.cosine
gaussian = windows.gaussian
hamming = windows.hamming
hann = hanning = windows.hann
kaiser = windows.kaiser
tukey = windows.tukey


def fftconvolve(in1, in2, mode="full", axes=None):
    left, right = asarray(in1), asarray(in2)
    if left.ndim != 1 or right.ndim != 1:
        return plain_unknown("a convolution over several axes")
    return convolve(left, right, mode)


def firwin(numtaps, *args, **kwargs):
    return values(numtaps)


firwin2 = firls = remez = firwin


def lfilter(b, a, x, axis=-1, zi=None):
    return like(x) if zi is None else (like(x), like(zi))


def filtfilt(b, a, x, *args, **kwargs):
    return like(x)


def medfilt(volume, kernel_size=None):
    return like(volume)


def __getattr__(name):
    return plain_unknown("`scipy.signal." + name + "` is not interpreted")
