from _ecocompute_std import unknown


def load(*args, **kwargs):
    return unknown("the content of a file")


def loads(*args, **kwargs):
    return unknown("the content of a JSON text")


def dump(*args, **kwargs):
    return None


def dumps(*args, **kwargs):
    return unknown("a JSON text")


class JSONDecodeError(ValueError):
    pass


class JSONEncoder:
    pass
