"""Tells of a model by calling it with two examples."""
import torch
from _ecocompute_std import unknown


def summary(model, input_size, batch_size=-1, device="cuda", dtypes=None):
    sizes = [input_size] if isinstance(input_size, tuple) else input_size
    model(*[torch.rand(2, *size) for size in sizes])
    return unknown("what `torchsummary` found")


summary_string = summary
