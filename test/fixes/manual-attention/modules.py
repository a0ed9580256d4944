# fixes: 7
"""Modules with masks, casts, dropout and scales of all kinds, in evaluation mode."""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F


class Plain(nn.Module):
    def forward(self, q, k, v):
        scores = torch.matmul(q, k.transpose(-2, -1)) / math.sqrt(q.size(-1))
        weights = F.softmax(scores, dim=-1)
        return torch.matmul(weights, v)


class Causal(nn.Module):
    def __init__(self, block_size=16):
        super().__init__()
        self.attn_dropout = nn.Dropout(0.5)
        ones = torch.ones(block_size, block_size)
        self.register_buffer("bias", torch.tril(torch.ones(block_size, block_size)).view(1, 1, block_size, block_size))

    def forward(self, q, k, v):
        T = q.size(-2)
        att = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))
        att = att.masked_fill(self.bias[:, :, :T, :T] == 0, float("-inf"))
        att = F.softmax(att, dim=-1)
        att = self.attn_dropout(att)
        y = att @ v
        return y


class Optional(nn.Module):
    head_dim = 4

    def forward(self, xq, keys, values, mask):
        scores = torch.matmul(xq, keys.transpose(2, 3)) / math.sqrt(self.head_dim + 1)
        if mask is not None:
            scores = scores + mask
        scores = F.softmax(scores.float(), dim=-1).type_as(xq)
        return torch.matmul(scores, values)


class Learned(nn.Module):
    def __init__(self):
        super().__init__()
        self.attend = nn.Softmax(dim=-1)
        self.temperature = nn.Parameter(torch.ones(8, 1, 1))

    def forward(self, q, k, v, mask=None):
        dots = torch.einsum("b h i d, b h j d -> b h i j", q, k) * self.temperature
        if mask is not None:
            dots = dots.masked_fill(mask == 0, -torch.inf)
        attn = self.attend(dots)
        return torch.einsum("b h i j, b h j d -> b h i d", attn, v)


class InPlace(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mask", torch.triu(torch.ones(16, 16), diagonal=1))

    def forward(self, q, k, v):
        n = q.size(2)
        attn_scores = q @ k.transpose(2, 3)
        mask_bool = self.mask.bool()[:n, :n]
        attn_scores.masked_fill_(mask_bool, -torch.inf)
        attn_weights = torch.softmax(attn_scores / k.shape[-1] ** 0.5, dim=-1)
        return (attn_weights @ v).transpose(1, 2)


class Augmented(nn.Module):
    def forward(self, q, k, v, attention_mask):
        w = q @ k.mT
        w *= 0.125
        w += attention_mask
        w = w.softmax(-1)
        return F.dropout(w, 0.5, self.training) @ v


def batched(q, k, v):
    return torch.bmm(torch.bmm(q, k.transpose(1, 2)).softmax(2), v)


def outputs():
    q, k, v = values(2, 8, 5, 4), values(2, 8, 5, 4, seed=1), values(2, 8, 5, 4, seed=2)
    mask = values(2, 1, 5, 5, seed=3)
    keep = mask.clone()
    keep[..., 0] = 1.0
    flat = [t.flatten(0, 1) for t in (q, k, v)]
    learned = fill(Learned())
    return (
        Plain()(q, k[:, :, :3], v[:, :, :3]),
        Causal().eval()(q, k, v),
        Optional()(q, k, v, mask),
        Optional()(q, k, v, None),
        learned(q, k, v, (keep > 0).int()),
        learned(q, k, v),
        InPlace()(q, k, v),
        Augmented().eval()(q, k, v, mask),
        batched(*flat),
    )
