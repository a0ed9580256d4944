"""Counts a model by calling it with what is given."""
from _ecocompute_std import unknown


class FlopCountAnalysis:
    def __init__(self, model, inputs):
        self._model = model
        self._inputs = inputs if isinstance(inputs, (tuple, list)) else (inputs,)
        self._model(*self._inputs)

    def __getattr__(self, name):
        return unknown("what `fvcore` found")


def flop_count(model, inputs, supported_ops=None):
    model(*inputs)
    return unknown("what `fvcore` found"), unknown("what `fvcore` found")
