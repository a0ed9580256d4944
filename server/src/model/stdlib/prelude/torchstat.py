"""Tells of a model by calling it with one example of a size."""
from _ecocompute_std import unknown
import torch


def stat(model, input_size, query_granularity=1):
    model(torch.rand(1, *input_size))


def __getattr__(name):
    return unknown("`torchstat." + name + "` is not interpreted")
