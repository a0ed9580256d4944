import _ecocompute as _native
from _ecocompute import Parameter


def Buffer(data=None, *, persistent=True):
    return _native.make_buffer(data, persistent)


class UninitializedParameter:
    """Stands for a parameter until its module sees an input."""

    def __init__(self, requires_grad=True, device=None, dtype=None):
        self.requires_grad = requires_grad


class UninitializedBuffer(UninitializedParameter):
    pass


def is_lazy(param):
    return isinstance(param, UninitializedParameter)
