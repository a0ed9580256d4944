"""Stand-ins for the machinery of transformers; the models themselves are read from the installed package."""
import importlib
import re

from _ecocompute_std import plain_unknown, transformers_module, unknown

__version__ = "4.57.0"


def __getattr__(name):
    found = transformers_module(name)
    if found is None:
        # What makes inputs of text, sound and images holds no parameters.
        made = plain_unknown if re.search("Tokenizer(Fast)?$|Processor(Fast)?$|FeatureExtractor$|Config$", name) else unknown
        return made("`transformers." + name + "` was not found")
    return getattr(importlib.import_module(found), name)
