"""Every function is an op; see `torch/ops`."""
import math
import warnings

import torch


class _Reduction:
    @staticmethod
    def get_enum(reduction):
        known = {"none": 0, "mean": 1, "elementwise_mean": 1, "sum": 2}
        if reduction not in known:
            raise ValueError(reduction + " is not a valid value for reduction")
        return known[reduction]


def _in_projection_packed(q, k, v, w, b=None):
    width = q.size(-1)
    if k is v and q is k:
        return torch.nn.functional.linear(q, w, b).chunk(3, dim=-1)
    if k is v:
        w_q, w_kv = w.split([width, 2 * width])
        b_q, b_kv = (None, None) if b is None else b.split([width, 2 * width])
        return (torch.nn.functional.linear(q, w_q, b_q), *torch.nn.functional.linear(k, w_kv, b_kv).chunk(2, dim=-1))
    weights = w.chunk(3)
    biases = (None, None, None) if b is None else b.chunk(3)
    return tuple(torch.nn.functional.linear(*each) for each in zip((q, k, v), weights, biases))


def _in_projection(q, k, v, w_q, w_k, w_v, b_q=None, b_k=None, b_v=None):
    return torch.nn.functional.linear(q, w_q, b_q), torch.nn.functional.linear(k, w_k, b_k), torch.nn.functional.linear(v, w_v, b_v)
