"""Stand-ins for the machinery of transformers; the models themselves are read from the installed package."""
import importlib

from _ecocompute_std import transformers_module, unknown

__version__ = "4.57.0"


def __getattr__(name):
    found = transformers_module(name)
    if found is None:
        return unknown("`transformers." + name + "` was not found")
    return getattr(importlib.import_module(found), name)
