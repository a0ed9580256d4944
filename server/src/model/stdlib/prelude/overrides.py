from _ecocompute_std import unknown


def overrides(func=None, *args, **kwargs):
    return func if callable(func) else lambda decorated: decorated


def override(func=None, *args, **kwargs):
    return func if callable(func) else lambda decorated: decorated


def final(func=None, *args, **kwargs):
    return func if callable(func) else lambda decorated: decorated


class EnforceOverrides:
    pass


def __getattr__(name):
    return unknown("`overrides." + name + "` is not interpreted")
