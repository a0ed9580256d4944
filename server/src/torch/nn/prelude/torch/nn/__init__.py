from _ecocompute import Parameter
from . import functional, init, utils, parallel, attention, quantized, intrinsic, qat
from .modules.module import Module
from .modules.container import Sequential, ModuleList, ModuleDict, ParameterList, ParameterDict, Container
from .modules.linear import Identity, Linear, Bilinear, LazyLinear
from .modules.conv import *
from .modules.norm import *
from .modules.activation import *
from .modules.pooling import *
from .modules.dropout import *
from .modules.padding import *
from .modules.loss import *
from .modules.sparse import *
from .modules.shape import *
from .modules.rnn import *
from .modules.transformer import *
from .parameter import Buffer, UninitializedParameter, UninitializedBuffer
from .parallel import DataParallel


def factory_kwargs(kwargs):
    """The arguments that go on to functions which make tensors."""
    if kwargs is None:
        return {}
    simple = ("device", "dtype", "memory_format")
    unexpected = {key for key in kwargs if key not in simple and key != "factory_kwargs"}
    if unexpected:
        raise TypeError("unexpected kwargs {}".format(unexpected))
    found = dict(kwargs.get("factory_kwargs", {}))
    for key in simple:
        if key in kwargs:
            if key in found:
                raise TypeError("{} specified twice, in **kwargs and in factory_kwargs".format(key))
            found[key] = kwargs[key]
    return found
