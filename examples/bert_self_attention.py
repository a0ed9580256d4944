"""BERT self-attention written out by hand: two products, a softmax and a dropout that never turns off.

Run it: python3 bert_self_attention.py
"""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F


class BertSelfAttention(nn.Module):
    def __init__(self, hidden_size: int = 768, num_heads: int = 12, dropout: float = 0.1):
        super().__init__()
        self.num_heads = num_heads
        self.head_size = hidden_size // num_heads
        self.query = nn.Linear(hidden_size, hidden_size)
        self.key = nn.Linear(hidden_size, hidden_size)
        self.value = nn.Linear(hidden_size, hidden_size)
        self.dropout = nn.Dropout(dropout)

    def split_heads(self, x: torch.Tensor) -> torch.Tensor:
        batch, length, _ = x.shape
        return x.view(batch, length, self.num_heads, self.head_size).permute(0, 2, 1, 3)

    def forward(self, hidden_states: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        query = self.split_heads(self.query(hidden_states))
        key = self.split_heads(self.key(hidden_states))
        value = self.split_heads(self.value(hidden_states))

        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(self.head_size)
        scores = scores + attention_mask
        probabilities = F.softmax(scores, dim=-1)
        probabilities = self.dropout(probabilities)
        context = torch.matmul(probabilities, value)
        return context.permute(0, 2, 1, 3).flatten(2)


class BertLayer(nn.Module):
    def __init__(self, hidden_size: int = 768, intermediate_size: int = 3072):
        super().__init__()
        self.attention = BertSelfAttention(hidden_size)
        self.output = nn.Linear(hidden_size, hidden_size)
        self.norm1 = nn.LayerNorm(hidden_size)
        self.up = nn.Linear(hidden_size, intermediate_size)
        self.down = nn.Linear(intermediate_size, hidden_size)
        self.norm2 = nn.LayerNorm(hidden_size)

    def forward(self, hidden_states: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        attended = F.dropout(self.output(self.attention(hidden_states, attention_mask)), p=0.1)
        hidden_states = self.norm1(hidden_states + attended)
        expanded = self.down(F.gelu(self.up(hidden_states)))
        return self.norm2(hidden_states + F.dropout(expanded, p=0.1))


if __name__ == "__main__":
    layer = BertLayer().eval()
    with torch.no_grad():
        print(tuple(layer(torch.randn(2, 32, 768), torch.zeros(2, 1, 1, 32)).shape))
