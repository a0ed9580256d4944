from _ecocompute_std import unknown


def is_bearable(obj, hint, **kwargs):
    if isinstance(hint, type):
        # `tuple[int, ...]` is `tuple` here: what it says of items is not kept.
        may_say_more = hint in (tuple, list, dict, set, frozenset)
        if not isinstance(obj, hint) or not may_say_more:
            return isinstance(obj, hint)
    return unknown("whether a value is what a hint says")


def die_if_unbearable(obj, hint, **kwargs):
    return None


def __getattr__(name):
    return unknown("`beartype.door." + name + "` is not interpreted")
