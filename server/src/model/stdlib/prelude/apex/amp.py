"""Mixed precision of apex: casts change what a tensor takes, not which layers there are."""
from contextlib import contextmanager

from _ecocompute_std import plain_unknown


def initialize(models, optimizers=None, *args, **kwargs):
    return models if optimizers is None else (models, optimizers)


@contextmanager
def scale_loss(loss, optimizers, *args, **kwargs):
    yield loss


def half_function(function):
    return function


float_function = promote_function = half_function


def register_half_function(module, name):
    return None


register_float_function = register_promote_function = register_half_function


def __getattr__(name):
    return plain_unknown("`apex.amp." + name + "` is not interpreted")
