from typing import Any, Sequence, Union

from . import Tensor, device, dtype

_dtype = dtype
_device = device
_int = int
_float = float
_bool = bool
_size = Union[Sequence[int], tuple]
Number = Union[int, float, bool]
Device = Any
