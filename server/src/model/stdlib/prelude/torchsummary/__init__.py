from _ecocompute_std import unknown
from .torchsummary import summary, summary_string


def __getattr__(name):
    return unknown("`torchsummary." + name + "` is not interpreted")
