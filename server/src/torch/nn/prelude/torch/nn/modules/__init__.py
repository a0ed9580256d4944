from torch.nn import *
from .module import Module
from . import conv, linear, container, batchnorm, utils, activation, pooling, loss
