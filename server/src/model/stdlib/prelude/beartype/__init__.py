def beartype(func=None, *args, **kwargs):
    return func if callable(func) else lambda decorated: decorated


class BeartypeConf:
    def __init__(self, *args, **kwargs):
        pass
