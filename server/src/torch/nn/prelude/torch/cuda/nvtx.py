from torch import _Context


def range_push(msg):
    return 0


def range_pop():
    return 0


def mark(msg):
    return None


class range(_Context):
    def __init__(self, msg, *args, **kwargs):
        pass
