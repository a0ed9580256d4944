"""Parametrized tensors are recomputed when they are read."""
import _ecocompute as _native
import torch
from _ecocompute import Parameter
from torch.nn.modules.container import ModuleDict, ModuleList


class ParametrizationList(ModuleList):
    def __init__(self, modules, original, unsafe=False):
        super().__init__(modules)
        self.original = original

    def forward(self):
        value = self.original
        for module in self:
            value = module(value)
        return value


def register_parametrization(module, tensor_name, parametrization, *, unsafe=False):
    parametrizations = module._modules.get("parametrizations", None)
    if parametrizations is not None and tensor_name in parametrizations:
        parametrizations[tensor_name].append(parametrization)
        return module
    original = getattr(module, tensor_name)
    _native.move_registered(module, "_parameters", tensor_name)
    if parametrizations is None:
        cls = type(module)
        module.__class__ = type("Parametrized" + cls.__name__, (cls,), {})
        parametrizations = ModuleDict()
        module.parametrizations = parametrizations
    parametrizations[tensor_name] = ParametrizationList([parametrization], original)

    def read(self):
        return self.parametrizations[tensor_name]()

    setattr(type(module), tensor_name, property(read))
    return module


def is_parametrized(module, tensor_name=None):
    found = getattr(module, "parametrizations", None)
    if found is None:
        return False
    return True if tensor_name is None else tensor_name in found


def remove_parametrizations(module, tensor_name, leave_parametrized=True):
    parametrizations = module.parametrizations
    value = parametrizations[tensor_name]()
    del parametrizations[tensor_name]
    delattr(type(module), tensor_name)
    setattr(module, tensor_name, Parameter(torch.empty(value.shape)))
    if len(parametrizations) == 0:
        delattr(module, "parametrizations")
    return module


class cached:
    def __enter__(self):
        _native.note("`parametrize.cached`", "weights are counted as computed for every use")
        return self

    def __exit__(self, *args):
        return None
