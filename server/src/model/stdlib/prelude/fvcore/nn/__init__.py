from _ecocompute_std import unknown
from . import weight_init
from .flop_count import FlopCountAnalysis, flop_count


def __getattr__(name):
    return unknown("package `fvcore` was not found")
