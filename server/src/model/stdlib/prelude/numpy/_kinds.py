"""Kinds of numbers: what is made of one number is a number of Python."""
from _ecocompute_numpy import asarray, kind_name, result_kind, torch_kind
from _ecocompute_std import typing_name


class generic:
    pass


class number(generic):
    pass


# Numbers of numpy are numbers of Python here, and whoever asks for one of numpy's takes them.
integer = int
floating = float
signedinteger = int
unsignedinteger = int
inexact = float
object_ = object
str_ = str


def _made(kind, convert, value):
    if isinstance(value, (list, tuple, range)) or hasattr(value, "ndim"):
        return asarray(value, kind)
    return convert(value)


class float64(float):
    def __new__(cls, value=0.0):
        return _made("float64", float, value)


class float32(float):
    def __new__(cls, value=0.0):
        return _made("float32", float, value)


class float16(float):
    def __new__(cls, value=0.0):
        return _made("float16", float, value)


class int64(int):
    def __new__(cls, value=0):
        return _made("int64", int, value)


class int32(int):
    def __new__(cls, value=0):
        return _made("int32", int, value)


class int16(int):
    def __new__(cls, value=0):
        return _made("int16", int, value)


class int8(int):
    def __new__(cls, value=0):
        return _made("int8", int, value)


class uint8(int):
    def __new__(cls, value=0):
        return _made("uint8", int, value)


class uint16(int):
    def __new__(cls, value=0):
        return _made("uint16", int, value)


class uint32(int):
    def __new__(cls, value=0):
        return _made("uint32", int, value)


class uint64(int):
    def __new__(cls, value=0):
        return _made("uint64", int, value)


class bool_(int):
    def __new__(cls, value=False):
        return _made("bool", bool, value)


class complex64(complex):
    def __new__(cls, value=0):
        return _made("complex64", complex, value)


class complex128(complex):
    def __new__(cls, value=0):
        return _made("complex128", complex, value)


double = float_ = float64
single = float32
half = float16
long = int_ = intp = int64
intc = int32
short = int16
byte = int8
ubyte = uint8
uint = uint64
cdouble = complex128
csingle = complex64

_classes = {
    "float64": float64, "float32": float32, "float16": float16, "int64": int64, "int32": int32, "int16": int16, "int8": int8,
    "uint8": uint8, "uint16": uint16, "uint32": uint32, "uint64": uint64, "bool": bool_, "complex64": complex64,
    "complex128": complex128,
}

_sizes = {"float64": 8, "float32": 4, "float16": 2, "int64": 8, "int32": 4, "int16": 2, "int8": 1, "uint8": 1, "bool": 1}


class dtype:
    def __init__(self, kind=float, *args, **kwargs):
        self.name = kind_name(kind)

    @property
    def type(self):
        return _classes.get(self.name, float64)

    @property
    def kind(self):
        return {"f": "f", "i": "i", "u": "u", "b": "b", "c": "c"}[self.name[0]]

    @property
    def itemsize(self):
        return {**_sizes, "uint16": 2, "uint32": 4, "uint64": 8, "complex64": 8, "complex128": 16}[self.name]

    @property
    def str(self):
        return "|b1" if self.name == "bool" else ("|" if self.itemsize == 1 else "<") + self.kind + repr(self.itemsize)

    def __eq__(self, other):
        return other is not None and kind_name(other) == self.name

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash(self.name)

    def __str__(self):
        return self.name

    def __repr__(self):
        return "dtype('" + self.name + "')"


def result_type(*args):
    return dtype(result_kind(*args))


promote_types = result_type


def can_cast(from_, to, casting="safe"):
    return result_kind(from_, to) == kind_name(to)


_families = {"f": (floating, inexact, number, generic), "i": (integer, number, generic), "u": (integer, number, generic)}


def issubdtype(kind, family):
    name = kind_name(kind)
    if family in (float64, float32, float16, int64, int32, int16, int8, uint8, uint16, uint32, uint64, bool_):
        return kind_name(family) == name
    return family in _families.get(name[0], (generic,))


def finfo(kind):
    import torch

    return torch.finfo(torch.float64 if isinstance(kind, float) else torch_kind(kind))


def iinfo(kind):
    import torch

    return torch.iinfo(torch.int64 if isinstance(kind, int) else torch_kind(kind))
