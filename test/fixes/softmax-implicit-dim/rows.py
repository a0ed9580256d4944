# fixes: 2
"""Two dimensions compute the same; three are normalized over the last one instead of the first."""
import torch
import torch.nn as nn
import torch.nn.functional as F

layer = nn.Softmax()


def outputs_for(x):
    return [layer(x), F.log_softmax(x).exp()]


def prove(before, after):
    flat, deep = values(3, 4), values(2, 3, 4)
    same(before.outputs_for(flat), after.outputs_for(flat))
    differ(before.outputs_for(deep), after.outputs_for(deep))
    same([y.sum(-1) for y in after.outputs_for(deep)], [torch.ones(2, 3)] * 2)
