# fixes: 2
"""The output is the same attention."""
import torch
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.attn = nn.MultiheadAttention(dim, 2, batch_first=True)

    def forward(self, x):
        out, _ = self.attn(x, x, x)
        return x + self.attn(out, x, x)[0]


def outputs():
    model = fill(Block(8)).eval()
    return model(values(2, 5, 8))
