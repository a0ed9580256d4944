# fixes: 5
"""The flag masks what the tensors masked."""
import torch
import torch.nn as nn
import torch.nn.functional as F

q, k, v = (values(2, 3, 6, 4, seed=i) for i in range(3))


class Attention(nn.Module):
    def __init__(self, block):
        super().__init__()
        self.register_buffer("mask", torch.tril(torch.ones(block, block)).view(1, 1, block, block))

    def forward(self, q, k, v):
        n = q.size(2)
        keep = self.mask[:, :, :n, :n] == 1
        return F.scaled_dot_product_attention(q, k, v, attn_mask=keep)


def lower(n):
    mask = torch.tril(torch.ones(n, n)).bool()
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)


def added(n):
    mask = torch.triu(torch.full((n, n), float("-inf")), diagonal=1)
    return F.scaled_dot_product_attention(q, k, v, mask)


def upper(n):
    mask = torch.triu(torch.ones(n, n), diagonal=1) == 1
    return F.scaled_dot_product_attention(q, k, v, attn_mask=~mask, is_causal=False)


def filled(n):
    keep = torch.ones(n, n, dtype=torch.bool).tril()
    mask = torch.zeros(n, n).masked_fill(~keep, -torch.inf)
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)


def outputs():
    return [Attention(8)(q, k, v), lower(6), added(6), upper(6), filled(6)]
