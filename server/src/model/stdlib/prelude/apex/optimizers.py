"""Optimizers hold no parameters of a model."""
from _ecocompute_std import plain_unknown
from torch.optim import SGD as FusedSGD
from torch.optim import AdamW as FusedAdam


def __getattr__(name):
    return plain_unknown("`apex.optimizers." + name + "` is not interpreted")
