# fixes: 1
"""The softmax underflows; the result of the fix is finite."""
import torch
import torch.nn as nn
import torch.nn.functional as F

x = torch.tensor([[0.0, -200.0]])


def last():
    y = 0.0 * x
    y = 0.5 * y * (1.0 + torch.tanh(0.7978845608 * (y + 0.044715 * y**3)))
    return y


def prove(before, after):
    same(before.last(), after.last())
