def deprecate_kwarg(*args, **kwargs):
    return lambda fn: fn
