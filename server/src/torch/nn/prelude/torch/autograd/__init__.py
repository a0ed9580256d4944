import _ecocompute as _native
from . import profiler
from .function import Function
from torch import no_grad, enable_grad, set_grad_enabled, inference_mode


class Variable:
    def __new__(cls, tensor, *args, **kwargs):
        return tensor


def grad(outputs, inputs, *args, **kwargs):
    _native.note("`torch.autograd.grad`", "the backward pass it runs is not counted")
    return tuple(torch_empty_like(each) for each in inputs) if isinstance(inputs, (list, tuple)) else (torch_empty_like(inputs),)


def torch_empty_like(tensor):
    import torch

    return torch.empty_like(tensor)


def backward(tensors, *args, **kwargs):
    for each in tensors if isinstance(tensors, (list, tuple)) else [tensors]:
        each.backward()


class set_detect_anomaly:
    def __init__(self, mode, check_nan=True):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *args):
        return None
