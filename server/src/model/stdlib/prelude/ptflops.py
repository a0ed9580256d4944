"""Counts a model by calling it with an example of a size, or with what a function makes."""
import torch
from _ecocompute_std import unknown


def get_model_complexity_info(model, input_res, print_per_layer_stat=True, as_strings=True, input_constructor=None, **kwargs):
    if input_constructor is None:
        model(torch.empty(1, *input_res))
    else:
        made = input_constructor(input_res)
        if isinstance(made, dict):
            model(**made)
        else:
            model(made)
    why = "what `ptflops` found"
    return unknown(why), unknown(why)


def __getattr__(name):
    return unknown("`ptflops." + name + "` is not interpreted")
