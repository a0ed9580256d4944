"""Language models that keep keys and values of earlier positions, each in its own way, and one that does not."""
import torch
import torch.nn.functional as F
from torch import nn

VOCABULARY = 50
WIDTH = 16
HEADS = 2
LONGEST = 32


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)

    def project(self, x):
        batch, length, _ = x.shape
        return [
            part.view(batch, length, HEADS, WIDTH // HEADS).transpose(1, 2)
            for part in self.qkv(x).split(WIDTH, dim=-1)
        ]

    def attend(self, q, k, v, mask):
        scores = q @ k.transpose(-2, -1) / (WIDTH // HEADS) ** 0.5
        if mask is not None:
            scores = scores + mask
        joined = (scores.softmax(dim=-1) @ v).transpose(1, 2)
        return self.out(joined.reshape(joined.shape[0], joined.shape[1], WIDTH))


def causal(length):
    return torch.full((length, length), float("-inf")).triu(1)


class Block(nn.Module):
    def __init__(self, attention):
        super().__init__()
        self.norm = nn.LayerNorm(WIDTH)
        self.attention = attention
        self.mlp = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH))


class Model(nn.Module):
    attention = Attention

    def __init__(self, depth=2):
        super().__init__()
        self.embed = nn.Embedding(VOCABULARY, WIDTH)
        self.blocks = nn.ModuleList(Block(self.attention()) for _ in range(depth))
        self.head = nn.Linear(WIDTH, VOCABULARY, bias=False)


class BufferedAttention(Attention):
    def __init__(self):
        super().__init__()
        self.cache_k = torch.zeros(4, HEADS, LONGEST, WIDTH // HEADS)
        self.cache_v = torch.zeros(4, HEADS, LONGEST, WIDTH // HEADS)

    def forward(self, x, start_pos, mask):
        q, k, v = self.project(x)
        end = start_pos + x.shape[1]
        self.cache_k[: x.shape[0], :, start_pos:end] = k
        self.cache_v[: x.shape[0], :, start_pos:end] = v
        return self.attend(q, self.cache_k[: x.shape[0], :, :end], self.cache_v[: x.shape[0], :, :end], mask)


class Buffered(Model):
    """Caches allocated for the longest text, the position a number."""

    attention = BufferedAttention

    @torch.no_grad()
    def forward(self, tokens, start_pos):
        x = self.embed(tokens)
        mask = causal(tokens.shape[1]) if tokens.shape[1] > 1 else None
        for block in self.blocks:
            x = x + block.attention(block.norm(x), start_pos, mask)
            x = x + block.mlp(x)
        return self.head(x)


class KVCache(nn.Module):
    def __init__(self, batch, length):
        super().__init__()
        self.register_buffer("k", torch.zeros(batch, HEADS, length, WIDTH // HEADS))
        self.register_buffer("v", torch.zeros(batch, HEADS, length, WIDTH // HEADS))

    def update(self, at, k, v):
        self.k[:, :, at] = k
        self.v[:, :, at] = v
        return self.k, self.v


class StaticAttention(Attention):
    def __init__(self):
        super().__init__()
        self.kv_cache = None

    def forward(self, x, mask, input_pos):
        q, k, v = self.project(x)
        if self.kv_cache is not None:
            k, v = self.kv_cache.update(input_pos, k, v)
        return self.attend(q, k, v, mask)


class Static(Model):
    """Caches set up before, attended to as a whole; the positions are a tensor."""

    attention = StaticAttention

    def setup_caches(self, max_batch_size, max_seq_length):
        for block in self.blocks:
            block.attention.kv_cache = KVCache(max_batch_size, max_seq_length)
        self.register_buffer("mask", causal(max_seq_length), persistent=False)

    def forward(self, idx, input_pos):
        x = self.embed(idx)
        for block in self.blocks:
            x = x + block.attention(block.norm(x), self.mask[input_pos], input_pos)
            x = x + block.mlp(x)
        return self.head(x[:, -1:])


class GrowingAttention(Attention):
    def forward(self, x, past, mask):
        q, k, v = self.project(x)
        if past is not None:
            k = torch.cat([past[0], k], dim=2)
            v = torch.cat([past[1], v], dim=2)
        return self.attend(q, k, v, mask), (k, v)


class Growing(Model):
    """Keys and values passed in and handed back, one position longer each time."""

    attention = GrowingAttention

    def forward(self, tokens, past_kv=None):
        x = self.embed(tokens)
        mask = causal(tokens.shape[1]) if tokens.shape[1] > 1 else None
        kept = []
        for i, block in enumerate(self.blocks):
            attended, pair = block.attention(block.norm(x), None if past_kv is None else past_kv[i], mask)
            x = x + attended
            x = x + block.mlp(x)
            kept.append(pair)
        return self.head(x), tuple(kept)


class RememberingAttention(Attention):
    def __init__(self):
        super().__init__()
        self.register_buffer("k", None, persistent=False)
        self.register_buffer("v", None, persistent=False)

    def forward(self, x, mask, use_cache):
        q, k, v = self.project(x)
        if use_cache:
            self.k = k if self.k is None else torch.cat([self.k, k], dim=2)
            self.v = v if self.v is None else torch.cat([self.v, v], dim=2)
            k, v = self.k, self.v
        return self.attend(q, k, v, mask)


class Remembering(Model):
    """Attention itself keeps them when asked to."""

    attention = RememberingAttention

    def forward(self, tokens, use_cache=False):
        x = self.embed(tokens)
        mask = causal(tokens.shape[1]) if tokens.shape[1] > 1 else None
        for block in self.blocks:
            x = x + block.attention(block.norm(x), mask, use_cache)
            x = x + block.mlp(x)
        return self.head(x)


class Plain(Model):
    """Nothing is kept."""

    def forward(self, tokens):
        x = self.embed(tokens)
        mask = causal(tokens.shape[1])
        for block in self.blocks:
            x = x + block.attention.attend(*block.attention.project(block.norm(x)), mask)
            x = x + block.mlp(x)
        return self.head(x)


def buffered(model, tokens, start, kept):
    return model(tokens, start), None


def static(model, tokens, start, kept):
    if start == 0:
        model.setup_caches(tokens.shape[0], tokens.shape[1] + 1)
    return model(tokens, torch.arange(start, start + tokens.shape[1])), None


def growing(model, tokens, start, kept):
    return model(tokens) if start == 0 else model(tokens, kept)


def remembering(model, tokens, start, kept):
    return model(tokens, use_cache=True), None


def plain(model, tokens, start, kept):
    return model(tokens if start == 0 else tokens.new_zeros(tokens.shape[0], start)), None


# How a program generates with each: (model, tokens, position of the first, what the last call handed back).
GENERATE = {"Buffered()": (Buffered, buffered), "Static()": (Static, static), "Growing()": (Growing, growing),
            "Remembering()": (Remembering, remembering), "Plain()": (Plain, plain)}
