"""Counts a model by calling it with what is given."""
from _ecocompute_std import unknown


def profile(model, inputs, custom_ops=None, verbose=True, ret_layer_info=False, report_missing=False):
    model(*inputs)
    why = "what `thop` found"
    return (unknown(why), unknown(why), unknown(why)) if ret_layer_info else (unknown(why), unknown(why))
