"""Runs programs before and after a fix and compares what they compute.

Reads from stdin a JSON list of {"name", "before", "after"} (sources), writes a JSON list of {"name", "error"} with
`error` null where the fix is proven. A program either defines `outputs()`, whose tensors must be equal before and
after, or `prove(before, after)`, which gets both as modules and asserts exactly the intended change.
"""

import json
import sys
import traceback
import types
import warnings
import zlib

import torch
import torch.nn.functional as F

warnings.simplefilter("ignore")
torch.set_num_threads(1)


def stand_in(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False):
    """`F.scaled_dot_product_attention` as documented for torch 2.5, for versions before 2.0 that lack it.

    query: (..., Hq, L, E), key: (..., H, S, E), value: (..., H, S, Ev) -> (..., Hq, L, Ev). A boolean mask says what takes
    part, a float mask is added. The causal mask starts at the top left. Raises where the real one does.
    """
    if query.dtype != key.dtype or query.dtype != value.dtype:
        raise RuntimeError("query, key and value must have the same dtype")
    if enable_gqa:
        groups = query.size(-3) // key.size(-3)
        key = torch.repeat_interleave(key, groups, dim=-3)
        value = torch.repeat_interleave(value, groups, dim=-3)
    factor = query.size(-1) ** -0.5 if scale is None else float(scale)
    scores = torch.matmul(query, key.transpose(-2, -1)) * factor
    if is_causal:
        if attn_mask is not None:
            raise RuntimeError("attn_mask and is_causal exclude each other")
        rows, columns = scores.shape[-2:]
        keep = torch.arange(rows)[:, None] >= torch.arange(columns)
        scores = scores.masked_fill(~keep, -torch.inf)
    if attn_mask is not None:
        if attn_mask.dtype == torch.bool:
            scores = scores.masked_fill(~attn_mask, -torch.inf)
        elif attn_mask.dtype == query.dtype:
            scores = scores + attn_mask
        else:
            raise RuntimeError("attn_mask must be boolean or of the query's dtype")
    return torch.matmul(F.dropout(torch.softmax(scores, dim=-1), dropout_p, training=dropout_p > 0), value)


if not hasattr(F, "scaled_dot_product_attention"):
    F.scaled_dot_product_attention = stand_in


def fill(model):
    """Gives every parameter values that follow from its name alone, so that models with and without a layer agree."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.3)
    return model


def values(*shape, seed=0):
    """Reproducible normal values."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def flat(output):
    if isinstance(output, (list, tuple)):
        return [leaf for each in output for leaf in flat(each)]
    return [torch.as_tensor(output)]


def same(before, after, tolerance=1e-5):
    """Asserts that two structures of tensors and numbers are equal within `tolerance` of their largest value."""
    left, right = flat(before), flat(after)
    assert len(left) == len(right) > 0, f"{len(left)} and {len(right)} outputs"
    for i, (a, b) in enumerate(zip(left, right)):
        assert a.shape == b.shape, f"output {i}: shapes {tuple(a.shape)} and {tuple(b.shape)}"
        assert torch.isfinite(a.double()).all(), f"output {i} is not finite"
        limit = tolerance * max(1.0, a.abs().max().item())
        difference = (a.double() - b.double()).abs().max().item()
        assert difference <= limit, f"output {i} differs by {difference}"


def differ(before, after):
    """Asserts that the two are not the same."""
    try:
        same(before, after)
    except AssertionError:
        return
    raise AssertionError("the outputs do not differ")


def load(name, source):
    module = types.ModuleType(name)
    module.__dict__.update(fill=fill, values=values, same=same, differ=differ)
    torch.manual_seed(0)
    exec(compile(source, name, "exec"), module.__dict__)
    return module


def error_of(program):
    try:
        before = load(program["name"], program["before"])
        after = load(f"{program['name']} fixed", program["after"])
        if hasattr(before, "prove"):
            before.prove(before, after)
        else:
            same(before.outputs(), after.outputs())
    except Exception:
        return traceback.format_exc()
    return None


json.dump([{"name": each["name"], "error": error_of(each)} for each in json.load(sys.stdin)], sys.stdout)
