def warn(*args, **kwargs):
    return None


def filterwarnings(*args, **kwargs):
    return None


def simplefilter(*args, **kwargs):
    return None


def warn_explicit(*args, **kwargs):
    return None


class catch_warnings:
    def __init__(self, *args, **kwargs):
        pass

    def __enter__(self):
        return []

    def __exit__(self, *args):
        return None
