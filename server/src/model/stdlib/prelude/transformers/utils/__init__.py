from _ecocompute_std import unknown, import_module
from . import logging
from .doc import *
from .generic import *
from .import_utils import *

CONFIG_NAME = "config.json"
WEIGHTS_NAME = "pytorch_model.bin"
SAFE_WEIGHTS_NAME = "model.safetensors"
DUMMY_INPUTS = [[7, 6, 0, 0, 1], [1, 2, 3, 0, 0], [0, 0, 0, 4, 5]]
__version__ = "4.57.0"


def torch_compilable_check(cond, msg, error_type=ValueError):
    if isinstance(cond, bool) and not cond:
        raise error_type(msg() if callable(msg) else msg)


class PushToHubMixin:
    pass


def auto_docstring(obj=None, **kwargs):
    return obj if obj is not None else (lambda each: each)


auto_class_docstring = auto_docstring


def __getattr__(name):
    if name.startswith("is_"):
        return lambda *args, **kwargs: False
    return unknown("`transformers.utils." + name + "`")
