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
