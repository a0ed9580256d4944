"""What models take from scipy: sizes, and arrays of which only the sizes count. The rest holds no parameters."""
from _ecocompute_std import plain_unknown

__version__ = "1.11.4"


def __getattr__(name):
    return plain_unknown("`scipy." + name + "` is not interpreted")
