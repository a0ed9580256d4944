"""What functions of torch do with nested tensors: by name, of which a function and the method have the same."""
import torch
from ._packed import NestedTensor, open_reason

_one_by_one = """
abs acos acosh angle asin asinh atan atanh bfloat16 bitwise_not bool byte ceil celu char clamp clip clone contiguous cos cosh cpu
cuda deg2rad detach digamma double dropout elu erf erfc erfinv exp exp2 expm1 float floor frac gelu half hardshrink hardsigmoid hardswish
hardtanh int isfinite isinf isnan leaky_relu lgamma log log10 log1p log2 logical_not logit logsigmoid long mish nan_to_num neg
ones_like positive pow rand_like randn_like reciprocal relu relu6 round rrelu rsqrt selu sgn short sigmoid sign silu sin sinh softplus
softshrink softsign sqrt square tan tanh tanhshrink threshold to trunc type_as zeros_like empty_like full_like
""".split()

_two = """
add sub mul div rsub pow maximum minimum fmod remainder atan2 eq ne gt lt ge le greater less greater_equal less_equal logical_and
logical_or logical_xor true_divide floor_divide subtract multiply divide bitwise_and bitwise_or
""".split()


def run(func, args, kwargs):
    name = func.__name__.strip("_")
    of_two = name[1:] if name[:1] == "r" and name[1:] in _two else name
    if of_two in _two and len(args) > 1:
        return _of_two(func, args[0], args[1], args[2:], kwargs)
    if name in _one_by_one:
        return args[0]._with(func(args[0]._values, *args[1:], **kwargs))
    known = _known.get(name)
    made = None if known is None else known(func, *args, **kwargs)
    return open_reason("`" + name + "` of a nested tensor") if made is None else made


def _of_two(func, left, right, rest, kwargs):
    nested = left if isinstance(left, NestedTensor) else right
    if isinstance(left, NestedTensor) and isinstance(right, NestedTensor):
        if not _same_pieces(left, right):
            raise RuntimeError("cannot call binary pointwise function " + func.__name__ + " with inputs of different pieces")
        return left._with(func(left._values, right._values, *rest, **kwargs))
    dense = right if nested is left else left
    if isinstance(dense, torch.Tensor) and dense.dim() > 0:
        while dense.dim() > 1 and dense.size(0) == 1:
            dense = dense.squeeze(0)
        if dense.dim() > nested.ndim - 2:
            return open_reason("`" + func.__name__ + "` of a nested tensor and one that has a row for each piece")
    pair = (nested._values, dense) if nested is left else (dense, nested._values)
    return nested._with(func(*pair, *rest, **kwargs))


def _same_pieces(left, right):
    if left.ndim != right.ndim or left._ragged != right._ragged:
        return False
    if left._is_jagged:
        return left._lengths is right._lengths
    return left._lengths.known == right._lengths.known


def _inner(nested, dim):
    """A dimension of the packed values; `None` for the batch and the ragged one."""
    at = dim % nested.ndim
    return None if at == 0 or at == nested._ragged else at - 1


def _linear(func, input, weight, bias=None):
    if input._ragged == input.ndim - 1 or isinstance(weight, NestedTensor):
        return None
    return input._with(func(input._values, weight, bias))


def _norm(func, input, normalized_shape, *args, **kwargs):
    sizes = [normalized_shape] if isinstance(normalized_shape, int) else list(normalized_shape)
    if input._ragged >= input.ndim - len(sizes):
        return None
    return input._with(func(input._values, normalized_shape, *args, **kwargs))


def _embedding(func, input, weight, *args, **kwargs):
    return input._with(func(input._values, weight, *args, **kwargs)) if isinstance(input, NestedTensor) else None


def _softmax(func, input, dim=None, *args, **kwargs):
    inner = None if dim is None else _inner(input, dim)
    return None if inner is None else input._with(func(input._values, inner, *args, **kwargs))


def _reduce(func, input, dim=None, keepdim=False, **kwargs):
    if dim is None:
        return func(input._values, **kwargs)
    dims = [dim] if isinstance(dim, int) else list(dim)
    if [each % input.ndim for each in dims] == [input._ragged]:
        return _reduce_pieces(func, input, keepdim, kwargs)
    inner = [_inner(input, each) for each in dims]
    if None in inner:
        return None
    before = len([each for each in inner if each < input._ragged - 1])
    made = func(input._values, inner, keepdim=keepdim, **kwargs)
    return input._with(made, input._ragged if keepdim else input._ragged - before)


def _reduce_pieces(func, input, keepdim, kwargs):
    if input._lengths.known is None:
        return None
    rows = [func(each, input._ragged - 1, keepdim=keepdim, **kwargs) for each in input.unbind()]
    return torch.stack(rows)


def _transpose(func, input, dim0, dim1):
    first, second = dim0 % input.ndim, dim1 % input.ndim
    if first == second:
        return input
    if 0 in (first, second):
        raise RuntimeError("transpose(): not supported for NestedTensor on dim=0")
    ragged = second if input._ragged == first else first if input._ragged == second else input._ragged
    return input._with(input._values.transpose(first - 1, second - 1), ragged)


def _permute(func, input, *dims):
    order = [each % input.ndim for each in (dims[0] if isinstance(dims[0], (list, tuple)) else dims)]
    if order[0] != 0:
        raise RuntimeError("permute(): not supported for NestedTensor when dim 0 is moved")
    return input._with(input._values.permute([each - 1 for each in order[1:]]), order.index(input._ragged))


def _unflatten(func, input, dim, sizes):
    inner = _inner(input, dim)
    if inner is None:
        return None
    added = len(sizes) - 1 if inner < input._ragged - 1 else 0
    return input._with(input._values.unflatten(inner, sizes), input._ragged + added)


def _flatten(func, input, start_dim=0, end_dim=-1):
    start, end = start_dim % input.ndim, end_dim % input.ndim
    if start == end:
        return input
    if start == 0 or start <= input._ragged <= end:
        return None
    gone = end - start if end < input._ragged else 0
    return input._with(input._values.flatten(start - 1, end - 1), input._ragged - gone)


def _view(func, input, *sizes):
    """Sizes around the batch and the ragged dimension, which stay."""
    sizes = list(sizes[0]) if isinstance(sizes[0], (list, tuple)) else list(sizes)
    places = [i for i, each in enumerate(sizes) if each is input._lengths]
    if not places:
        places = [i for i, each in enumerate(sizes) if each == -1]
    if len(places) != 1 or sizes[0] not in (-1, input._lengths.count) or places[0] == 0:
        return None
    total = input._values.size(input._ragged - 1)
    ragged = places[0]
    before, after = input._values.shape[: input._ragged - 1], sizes[1:ragged]
    if -1 not in after and _product(before) != _product(after):
        return None
    return input._with(func(input._values, [*after, total, *sizes[ragged + 1 :]]), ragged)


def _product(sizes):
    made = 1
    for each in sizes:
        made = made * each
    return made


def _unsqueeze(func, input, dim):
    at = dim % (input.ndim + 1)
    if at == 0:
        return None
    return input._with(input._values.unsqueeze(at - 1), input._ragged + (1 if at <= input._ragged else 0))


def _squeeze(func, input, dim=None):
    inner = None if not isinstance(dim, int) else _inner(input, dim)
    if inner is None or input._values.size(inner) != 1:
        return None
    return input._with(input._values.squeeze(inner), input._ragged - (1 if inner < input._ragged - 1 else 0))


def _parts(func, input, sizes, dim=0):
    inner = _inner(input, dim)
    return None if inner is None else tuple([input._with(each) for each in func(input._values, sizes, inner)])


def _cat(func, tensors, dim=0):
    first = tensors[0]
    if not isinstance(first, NestedTensor) or not all([isinstance(each, NestedTensor) and _same_pieces(first, each) for each in tensors]):
        return None
    inner = _inner(first, dim)
    return None if inner is None else first._with(func([each._values for each in tensors], inner))


def _matmul(func, input, other):
    if not isinstance(input, NestedTensor):
        return None
    if not isinstance(other, NestedTensor):
        if not isinstance(other, torch.Tensor) or other.dim() != 2 or input._ragged == input.ndim - 1:
            return None
        return input._with(func(input._values, other))
    if input._lengths.known is None or other._lengths.known is None or input._lengths.count != other._lengths.count:
        return None
    pieces = [func(left, right) for left, right in zip(input.unbind(), other.unbind())]
    from . import as_nested_tensor

    return as_nested_tensor(pieces) if not input._is_jagged else _with_pieces(input, pieces, other)


def _with_pieces(input, pieces, other):
    """A product of jagged tensors is ragged where the left one is, unless that dimension went into the sum."""
    if input._ragged == input.ndim - 1:
        return torch.stack(pieces)
    if other._ragged == other.ndim - 1:
        return None
    return input._with(torch.cat(pieces, input._ragged - 1))


def _attention(func, query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False):
    given = (query, key, value)
    if attn_mask is not None or not all([isinstance(each, NestedTensor) and each.ndim == 4 for each in given]):
        return None
    rest = dict(dropout_p=dropout_p, is_causal=is_causal, scale=scale, enable_gqa=enable_gqa)
    if all([each._ragged == 1 for each in given]):
        return query._with(func(*[each._values for each in given], **rest))
    if any([each._ragged != 2 or each._lengths.known is None for each in given]):
        return None
    for each in given:
        each._lengths.was_searched = True
    heads = zip(query.unbind(), key.unbind(), value.unbind())
    made = [func(q.unsqueeze(0), k.unsqueeze(0), v.unsqueeze(0), **rest).squeeze(0) for q, k, v in heads]
    return query._with(torch.cat(made, 1))


def _masked_fill(func, input, mask, value):
    if isinstance(mask, NestedTensor) and _same_pieces(input, mask):
        return input._with(func(input._values, mask._values, value))
    return None


def _requires_grad(func, input, requires_grad=True):
    input._values.requires_grad_(requires_grad)
    return input


_known = {
    "linear": _linear,
    "layer_norm": _norm,
    "rms_norm": _norm,
    "embedding": _embedding,
    "softmax": _softmax,
    "log_softmax": _softmax,
    "sum": _reduce,
    "mean": _reduce,
    "amax": _reduce,
    "amin": _reduce,
    "transpose": _transpose,
    "swapaxes": _transpose,
    "permute": _permute,
    "unflatten": _unflatten,
    "flatten": _flatten,
    "view": _view,
    "reshape": _view,
    "unsqueeze": _unsqueeze,
    "squeeze": _squeeze,
    "chunk": _parts,
    "split": _parts,
    "split_with_sizes": _parts,
    "cat": _cat,
    "concat": _cat,
    "matmul": _matmul,
    "bmm": _matmul,
    "scaled_dot_product_attention": _attention,
    "masked_fill": _masked_fill,
    "requires_grad": _requires_grad,
    "unbind": lambda func, input, dim=0: input.unbind(dim),
    "size": lambda func, input, dim=None: input.size(dim),
}
