def overrides(func=None, *args, **kwargs):
    return func if callable(func) else lambda decorated: decorated


def override(func=None, *args, **kwargs):
    return func if callable(func) else lambda decorated: decorated


def final(func=None, *args, **kwargs):
    return func if callable(func) else lambda decorated: decorated


class EnforceOverrides:
    pass
