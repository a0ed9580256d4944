def custom_op(name, *args, **kwargs):
    return lambda fn: fn


def register_fake(name, *args, **kwargs):
    return lambda fn: fn


def impl(*args, **kwargs):
    return lambda fn: fn


def wrap_triton(fn):
    return fn


class Library:
    def __init__(self, *args, **kwargs):
        pass

    def define(self, *args, **kwargs):
        return None

    def impl(self, *args, **kwargs):
        return lambda fn: fn
