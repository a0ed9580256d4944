# fixes: 2
"""Evaluation attends to everything; training still drops."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class Attention(nn.Module):
    def __init__(self, dropout=0.5):
        super().__init__()
        self.dropout = dropout

    def forward(self, x):
        x = F.scaled_dot_product_attention(x, x, x, dropout_p=self.dropout)
        return F.scaled_dot_product_attention(x, x, x, None, 0.5)


def prove(before, after):
    x = values(2, 2, 8, 4)
    plain = F.scaled_dot_product_attention(x, x, x)
    plain = F.scaled_dot_product_attention(plain, plain, plain)
    differ(before.Attention().eval()(x), plain)
    same(after.Attention().eval()(x), plain)
    differ(after.Attention().train()(x), plain)
