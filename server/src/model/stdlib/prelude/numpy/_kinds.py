"""Kinds of numbers: what is made of them is a number of Python."""


class float64(float):
    def __new__(cls, value=0.0):
        return float(value)


class float32(float):
    def __new__(cls, value=0.0):
        return float(value)


class float16(float):
    def __new__(cls, value=0.0):
        return float(value)


class int64(int):
    def __new__(cls, value=0):
        return int(value)


class int32(int):
    def __new__(cls, value=0):
        return int(value)


class int16(int):
    def __new__(cls, value=0):
        return int(value)


class int8(int):
    def __new__(cls, value=0):
        return int(value)


class uint8(int):
    def __new__(cls, value=0):
        return int(value)


class uint16(int):
    def __new__(cls, value=0):
        return int(value)


class uint32(int):
    def __new__(cls, value=0):
        return int(value)


class uint64(int):
    def __new__(cls, value=0):
        return int(value)


class bool_(int):
    def __new__(cls, value=False):
        return bool(value)


double = float_ = float64
single = float32
half = float16
long = int_ = intp = int64


def _torch_kind(kind):
    import torch

    name = kind if isinstance(kind, str) else getattr(kind, "__name__", None)
    if name is None:
        return kind.dtype if isinstance(kind, torch.Tensor) else kind
    return getattr(torch, {"float": "float64", "int": "int64"}.get(name, name))


def finfo(dtype):
    import torch

    return torch.finfo(torch.float64 if isinstance(dtype, float) else _torch_kind(dtype))


def iinfo(dtype):
    import torch

    return torch.iinfo(torch.int64 if isinstance(dtype, int) else _torch_kind(dtype))
