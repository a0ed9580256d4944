# fixes: 3
import torch
import torch.nn.functional as F

q, k, v = values(2, 8, 5, 4), values(2, 2, 5, 4, seed=1), values(2, 2, 5, 4, seed=2)
mask = values(2, 1, 5, 5, seed=3)


def masked(mask):
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask, enable_gqa=True)


def first(mask):
    return F.scaled_dot_product_attention(q, k, v, mask[:, 0:1] > 0.0, enable_gqa=True, scale=0.5)


def cast(q):
    q = q.float()
    return F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)


def outputs():
    keep = mask.clone()
    keep[..., 0] = 1.0
    return masked(mask), first(keep), cast(q)
