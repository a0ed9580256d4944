"""Grouped-query attention in the style of Llama 3, the way many ports write it.

Run it: python3 llama_gqa.py
"""

import math
from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F


@dataclass
class AttentionConfig:
    dim: int = 512
    n_heads: int = 8
    n_kv_heads: int = 2
    rope_theta: float = 500_000.0


def rotate_half(x: torch.Tensor) -> torch.Tensor:
    first, second = x.chunk(2, dim=-1)
    return torch.cat((-second, first), dim=-1)


class RotaryEmbedding(nn.Module):
    def __init__(self, head_dim: int, theta: float):
        super().__init__()
        inv_freq = 1.0 / theta ** (torch.arange(0, head_dim, 2).float() / head_dim)
        self.register_buffer("inv_freq", inv_freq, persistent=False)

    def forward(self, x: torch.Tensor, start: int) -> torch.Tensor:
        positions = torch.arange(start, start + x.shape[2], device=x.device, dtype=torch.float32)
        angles = torch.outer(positions, self.inv_freq)
        angles = torch.cat((angles, angles), dim=-1)
        return x * angles.cos() + rotate_half(x) * angles.sin()


class GroupedQueryAttention(nn.Module):
    def __init__(self, config: AttentionConfig):
        super().__init__()
        self.n_heads = config.n_heads
        self.n_kv_heads = config.n_kv_heads
        self.head_dim = config.dim // config.n_heads
        self.wq = nn.Linear(config.dim, self.n_heads * self.head_dim, bias=False)
        self.wk = nn.Linear(config.dim, self.n_kv_heads * self.head_dim, bias=False)
        self.wv = nn.Linear(config.dim, self.n_kv_heads * self.head_dim, bias=False)
        self.wo = nn.Linear(self.n_heads * self.head_dim, config.dim, bias=False)
        self.rotary = RotaryEmbedding(self.head_dim, config.rope_theta)
        self.cache_k = None
        self.cache_v = None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, length, _ = x.shape
        q = self.wq(x).view(batch, length, self.n_heads, self.head_dim).transpose(1, 2)
        k = self.wk(x).view(batch, length, self.n_kv_heads, self.head_dim).transpose(1, 2)
        v = self.wv(x).view(batch, length, self.n_kv_heads, self.head_dim).transpose(1, 2)

        start = 0 if self.cache_k is None else self.cache_k.shape[2]
        q, k = self.rotary(q, start), self.rotary(k, start)
        if self.cache_k is not None:
            k = torch.cat((self.cache_k, k), dim=2)
            v = torch.cat((self.cache_v, v), dim=2)
        self.cache_k, self.cache_v = k, v

        k = k.repeat_interleave(self.n_heads // self.n_kv_heads, dim=1)
        v = v.repeat_interleave(self.n_heads // self.n_kv_heads, dim=1)

        scores = torch.matmul(q, k.transpose(2, 3)) / math.sqrt(self.head_dim)
        if length > 1:
            total = k.shape[2]
            mask = torch.full((length, total), float("-inf"), device=x.device).triu(total - length + 1)
            scores = scores + mask
        weights = F.softmax(scores, dim=-1)
        out = torch.matmul(weights, v)
        return self.wo(out.transpose(1, 2).reshape(batch, length, -1))


if __name__ == "__main__":
    attention = GroupedQueryAttention(AttentionConfig()).eval()
    with torch.no_grad():
        prompt = attention(torch.randn(1, 16, 512))
        token = attention(torch.randn(1, 1, 512))
    print(tuple(prompt.shape), tuple(token.shape))
