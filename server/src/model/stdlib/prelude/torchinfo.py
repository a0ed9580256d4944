"""Tells of a model by calling it with examples of a size, or with what is given."""
import torch
from _ecocompute_std import unknown


def summary(model, input_size=None, input_data=None, batch_dim=None, cache_forward_pass=None, col_names=None, col_width=25, depth=3, device=None, dtypes=None, mode=None, row_settings=None, verbose=None, **kwargs):
    if input_data is not None:
        if isinstance(input_data, dict):
            model(**input_data, **kwargs)
        elif isinstance(input_data, (list, tuple)):
            model(*input_data, **kwargs)
        else:
            model(input_data, **kwargs)
    elif input_size is not None:
        alone = all(isinstance(each, int) for each in input_size)
        made = []
        for i, size in enumerate([input_size] if alone else input_size):
            size = list(size)
            if batch_dim is not None:
                size.insert(batch_dim, 1)
            dtype = torch.float32 if dtypes is None else dtypes[i]
            made.append(torch.rand(*size).to(dtype))
        model(*made, **kwargs)
    return unknown("what `torchinfo` found")


def __getattr__(name):
    return unknown("`torchinfo." + name + "` is not interpreted")
