import _ecocompute as _native


def wrap(fn):
    return fn


class _Traced:
    """A trace runs a module on proxies and makes another program of it: nothing of what it makes is known."""

    def __init__(self, *args, **kwargs):
        pass

    def __getattr__(self, name):
        return _native.unknown("`torch.fx` is not modelled")


class Proxy(_Traced):
    pass


class Tracer(_Traced):
    pass


class GraphModule:
    def __new__(cls, *args, **kwargs):
        return _native.unknown("`torch.fx` is not modelled")


class Node:
    pass


class Graph(_Traced):
    pass
