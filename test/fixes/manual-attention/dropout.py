# fixes: 1
"""In training mode dropout stays on, with its probability; in evaluation mode it stays off."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout(0.25)

    def forward(self, q, k, v):
        attn = (q @ k.transpose(-2, -1)).softmax(dim=-1)
        attn = self.drop(attn)
        return attn @ v


def prove(before, after):
    q, k, v = values(1, 1, 64, 4), values(1, 1, 64, 4, seed=1), torch.eye(64)[None, None]
    old, new = before.Attention(), after.Attention()
    for module in (old, new):
        dropped = (module.train()(q, k, v) == 0).float().mean().item()
        assert 0.2 < dropped < 0.3, dropped
        assert (module.eval()(q, k, v) > 0).all()
    same(old(q, k, v), new(q, k, v))
