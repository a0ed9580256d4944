"""Tells of a model by calling it with what is given."""
from _ecocompute_std import unknown


def summary(model, x, *args, **kwargs):
    model(x, *args, **kwargs)
    return unknown("what `torchsummaryX` found")


def __getattr__(name):
    return unknown("`torchsummaryX." + name + "` is not interpreted")
