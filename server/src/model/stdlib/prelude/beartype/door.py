from _ecocompute_std import unknown


def is_bearable(obj, hint, **kwargs):
    if isinstance(hint, type):
        return isinstance(obj, hint)
    return unknown("whether a value is what a hint says")


def die_if_unbearable(obj, hint, **kwargs):
    return None


def __getattr__(name):
    return unknown("`beartype.door." + name + "` is not interpreted")
