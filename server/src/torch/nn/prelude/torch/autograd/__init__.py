from torch import Tensor as _Tensor, _C, zeros_like as _zeros_like
from . import profiler
from .function import Function
from torch import no_grad, enable_grad, set_grad_enabled, inference_mode


class Variable:
    __instancecheck_native__ = lambda value: isinstance(value, _Tensor)

    def __new__(cls, tensor, *args, **kwargs):
        return tensor


def grad(
    outputs,
    inputs,
    grad_outputs=None,
    retain_graph=None,
    create_graph=False,
    only_inputs=True,
    allow_unused=None,
    is_grads_batched=False,
    materialize_grads=False,
):
    inputs = _listed(inputs)
    unused = bool(allow_unused) or materialize_grads
    made = _C._gradients(
        _listed(outputs),
        inputs,
        _listed(grad_outputs),
        create_graph=bool(create_graph),
        allow_unused=unused,
        is_grads_batched=is_grads_batched,
    )
    if not materialize_grads:
        return made
    return tuple(_zeros_like(each) if given is None else given for each, given in zip(inputs, made))


def _listed(values):
    return values if values is None else list(values) if not isinstance(values, _Tensor) else [values]


def backward(tensors, grad_tensors=None, retain_graph=None, create_graph=False, grad_variables=None, inputs=None):
    _C._backward(_listed(tensors), _listed(grad_tensors), retain_graph, create_graph, inputs and _listed(inputs))


class set_detect_anomaly:
    def __init__(self, mode, check_nan=True):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *args):
        return None
