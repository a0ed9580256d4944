"""Weights have no values here: an initializer gives back what it got."""
import math
import warnings

import torch
from _ecocompute import keep as _keep


def calculate_gain(nonlinearity, param=None):
    gains = {"tanh": 5.0 / 3, "relu": math.sqrt(2.0), "selu": 0.75}
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        return math.sqrt(2.0 / (1 + slope**2))
    return gains.get(nonlinearity, 1)


def _calculate_fan_in_and_fan_out(tensor):
    shape = tensor.shape
    if len(shape) < 2:
        raise ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    field = 1
    for size in shape[2:]:
        field *= size
    return shape[1] * field, shape[0] * field


def _calculate_correct_fan(tensor, mode):
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    return fan_in if mode == "fan_in" else fan_out


uniform_ = _keep
normal_ = _keep
trunc_normal_ = _keep
constant_ = _keep
ones_ = _keep
zeros_ = _keep
eye_ = _keep
dirac_ = _keep
xavier_uniform_ = _keep
xavier_normal_ = _keep
kaiming_uniform_ = _keep
kaiming_normal_ = _keep
orthogonal_ = _keep
sparse_ = _keep
uniform = _keep
normal = _keep
constant = _keep
xavier_uniform = _keep
xavier_normal = _keep
kaiming_uniform = _keep
kaiming_normal = _keep
orthogonal = _keep
_no_grad_trunc_normal_ = _keep
_no_grad_normal_ = _keep
_no_grad_uniform_ = _keep
