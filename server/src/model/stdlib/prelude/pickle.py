from copy import deepcopy
from _ecocompute_std import unknown

HIGHEST_PROTOCOL = 5
DEFAULT_PROTOCOL = 4


class PicklingError(Exception):
    pass


class UnpicklingError(Exception):
    pass


class _Pickled:
    def __init__(self, value):
        self._value = deepcopy(value)


def dump(obj, file, protocol=None, **kwargs):
    return None


def dumps(obj, protocol=None, **kwargs):
    return _Pickled(obj)


def load(file, **kwargs):
    return unknown("the content of a pickle")


def loads(data, **kwargs):
    return deepcopy(data._value) if isinstance(data, _Pickled) else unknown("the content of a pickle")
