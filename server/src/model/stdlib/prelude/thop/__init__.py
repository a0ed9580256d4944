from _ecocompute_std import unknown
from .profile import profile
from .utils import clever_format


def __getattr__(name):
    return unknown("`thop." + name + "` is not interpreted")
