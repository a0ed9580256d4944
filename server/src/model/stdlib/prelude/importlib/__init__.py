from _ecocompute_std import import_module
from . import util, metadata


def reload(module):
    return module
