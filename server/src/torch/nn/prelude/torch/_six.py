"""What torch kept of `six` before 2.0, all versions together: code of those years imports from it."""
import builtins
import collections.abc as container_abcs
from math import inf, nan

PY2, PY3, PY37 = False, True, True
string_classes = (str, bytes)
int_classes = int
FileNotFoundError = builtins.FileNotFoundError


def with_metaclass(meta, *bases):
    return meta("temporary_class", bases, {})


def raise_from(value, from_value):
    raise value from from_value


def get_function_from_type(cls, name):
    return getattr(cls, name, None)
