"""Spectra have known sizes and elements that only the run knows; frequencies are known."""
from _ecocompute_std import unknown
from _ecocompute_numpy import asarray, host
from ._arrange import roll


def fftfreq(n, d=1.0):
    half = (n - 1) // 2 + 1
    return asarray(list(range(half)) + list(range(-(n // 2), 0)), float) / (n * d)


def rfftfreq(n, d=1.0):
    return asarray(list(range(n // 2 + 1)), float) / (n * d)


def fftshift(x, axes=None):
    found = asarray(x)
    for axis in _axes(found, axes):
        found = roll(found, found.shape[axis] // 2, axis)
    return found


def ifftshift(x, axes=None):
    found = asarray(x)
    for axis in _axes(found, axes):
        found = roll(found, -(found.shape[axis] // 2), axis)
    return found


def _axes(found, axes):
    return range(found.ndim) if axes is None else [axes] if isinstance(axes, int) else axes


def _complex(a):
    found = asarray(a)
    return found if found.dtype.kind == "c" else found.astype("complex128")


def fft(a, n=None, axis=-1, norm=None):
    return host("torch.fft.fft", _complex(a), n, axis)


def ifft(a, n=None, axis=-1, norm=None):
    return host("torch.fft.ifft", _complex(a), n, axis)


def rfft(a, n=None, axis=-1, norm=None):
    return host("torch.fft.rfft", asarray(a, float), n, axis)


def irfft(a, n=None, axis=-1, norm=None):
    return host("torch.fft.irfft", _complex(a), n, axis)


def fft2(a, s=None, axes=(-2, -1), norm=None):
    return host("torch.fft.fft2", _complex(a), s, axes)


def ifft2(a, s=None, axes=(-2, -1), norm=None):
    return host("torch.fft.ifft2", _complex(a), s, axes)


def fftn(a, s=None, axes=None, norm=None):
    return host("torch.fft.fftn", _complex(a), s, axes)


def __getattr__(name):
    return unknown("`numpy.fft." + name + "`")
