def deprecated(func=None, *args, **kwargs):
    return func if callable(func) else lambda decorated: decorated
