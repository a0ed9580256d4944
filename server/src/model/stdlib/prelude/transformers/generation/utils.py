from transformers.generation import GenerationMixin, GenerationConfig
from _ecocompute_std import unknown


def __getattr__(name):
    return unknown("`transformers.generation.utils." + name + "`")
