"""Layers of NVIDIA's apex: they hold what those of torch hold, and compute the same in fewer kernels."""
from _ecocompute_std import unknown

from . import amp, normalization, optimizers, parallel


def __getattr__(name):
    return unknown("`apex." + name + "` is not interpreted")
