# fixes: 3
"""What was meant to be frozen gets no gradients any more."""
import torch
import torch.nn as nn


def freeze(model):
    model[0].weight.require_grad = False
    model[0].bias.requires_grad_ = False
    model[1].weight.requires_grad == False
    return model


def prove(before, after):
    def gradients(module):
        model = module.freeze(fill(nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 2))))
        model(values(4, 3)).sum().backward()
        return [p.grad is not None for p in model.parameters()]

    assert gradients(before) == [True, True, True, True]
    assert gradients(after) == [False, False, False, True]
