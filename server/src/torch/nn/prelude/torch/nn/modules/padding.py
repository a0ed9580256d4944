import torch
from torch.nn import functional as F
from .module import Module
from .utils import _ntuple

__all__ = [
    "ReflectionPad1d", "ReflectionPad2d", "ReflectionPad3d", "ReplicationPad1d", "ReplicationPad2d", "ReplicationPad3d", "CircularPad1d", "CircularPad2d", "CircularPad3d", "ZeroPad1d", "ZeroPad2d", "ZeroPad3d", "ConstantPad1d", "ConstantPad2d", "ConstantPad3d",
]


class _Pad(Module):
    _sides = 2
    _mode = "constant"
    value = 0.0

    def __init__(self, padding):
        super().__init__()
        self.padding = _ntuple(self._sides)(padding)

    def forward(self, input):
        if self._mode == "constant":
            return F.pad(input, self.padding, "constant", self.value)
        return F.pad(input, self.padding, self._mode)


class _ConstantPad(_Pad):
    def __init__(self, padding, value):
        super().__init__(padding)
        self.value = value


class ReflectionPad1d(_Pad):
    _sides = 2
    _mode = "reflect"


class ReflectionPad2d(_Pad):
    _sides = 4
    _mode = "reflect"


class ReflectionPad3d(_Pad):
    _sides = 6
    _mode = "reflect"


class ReplicationPad1d(_Pad):
    _sides = 2
    _mode = "replicate"


class ReplicationPad2d(_Pad):
    _sides = 4
    _mode = "replicate"


class ReplicationPad3d(_Pad):
    _sides = 6
    _mode = "replicate"


class CircularPad1d(_Pad):
    _sides = 2
    _mode = "circular"


class CircularPad2d(_Pad):
    _sides = 4
    _mode = "circular"


class CircularPad3d(_Pad):
    _sides = 6
    _mode = "circular"


class ZeroPad1d(_Pad):
    _sides = 2
    _mode = "constant"


class ZeroPad2d(_Pad):
    _sides = 4
    _mode = "constant"


class ZeroPad3d(_Pad):
    _sides = 6
    _mode = "constant"


class ConstantPad1d(_ConstantPad):
    _sides = 2


class ConstantPad2d(_ConstantPad):
    _sides = 4


class ConstantPad3d(_ConstantPad):
    _sides = 6
