from .norm import _InstanceNorm, InstanceNorm1d, InstanceNorm2d, InstanceNorm3d
