from _ecocompute_std import unknown


def profile(func=None, *args, **kwargs):
    return func if callable(func) else lambda decorated: decorated


def __getattr__(name):
    return unknown("`line_profiler." + name + "` is not interpreted")
