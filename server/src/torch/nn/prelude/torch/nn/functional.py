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
