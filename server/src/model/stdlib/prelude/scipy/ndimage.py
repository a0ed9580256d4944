"""Filters keep the size of what they filter."""
from _ecocompute_std import plain_unknown

from ._sizes import like

gaussian_filter = gaussian_filter1d = uniform_filter = uniform_filter1d = median_filter = maximum_filter = like
minimum_filter = convolve = convolve1d = correlate = correlate1d = sobel = laplace = like


def __getattr__(name):
    return plain_unknown("`scipy.ndimage." + name + "` is not interpreted")
