# fixes: 2
"""What is returned stays the same."""
import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(3, 3)
        self.aux = nn.Linear(3, 2)

    def forward(self, x):
        aux = self.aux(x)
        y = x @ x.t()
        y = self.body(x)
        return y


def outputs():
    return fill(Net()).eval()(values(4, 3))
