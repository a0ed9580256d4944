from _ecocompute_std import unknown


def beartype(func=None, *args, **kwargs):
    return func if callable(func) else lambda decorated: decorated


class BeartypeConf:
    def __init__(self, *args, **kwargs):
        pass


def __getattr__(name):
    return unknown("`beartype." + name + "` is not interpreted")
