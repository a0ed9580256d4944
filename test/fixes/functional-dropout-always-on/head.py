# fixes: 2
"""Evaluation drops nothing any more; training still does."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class Head(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 16)

    def forward(self, x):
        x = F.dropout(self.fc(x))
        return F.dropout(x, 0.25,)


def prove(before, after):
    x = values(8, 16)
    old, new = fill(before.Head()), fill(after.Head())
    differ(old.eval()(x), old.eval().fc(x))
    same(new.eval()(x), new.eval().fc(x))
    differ(new.train()(x), new.fc(x))
    assert (new.train()(x) == 0).any()
