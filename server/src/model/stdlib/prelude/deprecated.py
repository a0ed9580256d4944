from _ecocompute_std import unknown


def deprecated(func=None, *args, **kwargs):
    return func if callable(func) else lambda decorated: decorated


def __getattr__(name):
    return unknown("`deprecated." + name + "` is not interpreted")
