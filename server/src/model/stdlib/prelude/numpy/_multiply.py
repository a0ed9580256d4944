"""Products of vectors and matrices. What numpy multiplies is none of torch's multiply-accumulates."""
from _ecocompute_numpy import asarray, host, made, multiply, result_kind

# Up to this many elements and products at a time are made one by one, so that the elements are known.
_few = 4096


def _pair(a, b):
    a, b = asarray(a), asarray(b)
    kind = result_kind(a, b)
    return a.astype(kind), b.astype(kind)


def matmul(x1, x2, **kwargs):
    a, b = _pair(x1, x2)
    rows, columns = (a[None] if a.ndim == 1 else a), (b[:, None] if b.ndim == 1 else b)
    if rows.shape[-1] != columns.shape[-2]:
        raise ValueError(
            "matmul: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature (n?,k),(k,m?)->(n?,m?) (size "
            + str(columns.shape[-2]) + " is different from " + str(rows.shape[-1]) + ")"
        )
    at_once = _few // max(rows.size // max(rows.shape[-1], 1) * columns.shape[-1], 1)
    if at_once == 0 or rows.size > _few or columns.size > _few:
        return host("torch.matmul", a, b)
    found = _summed(rows, columns, at_once)
    found = found[..., 0, :] if a.ndim == 1 else found
    return found[..., 0] if b.ndim == 1 else found


def _summed(rows, columns, at_once):
    found = None
    for start in range(0, max(rows.shape[-1], 1), at_once):
        inner = slice(start, start + at_once)
        part = (rows[..., inner, None] * columns[..., None, inner, :]).sum(-2)
        found = part if found is None else found + part
    return found


def dot(a, b, out=None):
    a, b = asarray(a), asarray(b)
    if a.ndim == 0 or b.ndim == 0:
        return multiply(a, b)
    if b.ndim > 2:
        return tensordot(a, b, ((a.ndim - 1,), (b.ndim - 2,)))
    if a.shape[-1] != b.shape[-2 if b.ndim > 1 else 0]:
        raise ValueError("shapes " + _text(a) + " and " + _text(b) + " not aligned: "
            + str(a.shape[-1]) + " (dim " + str(a.ndim - 1) + ") != " + str(b.shape[-2 if b.ndim > 1 else 0]) + " (dim "
            + str(b.ndim - 2 if b.ndim > 1 else 0) + ")")
    return matmul(a, b)


def _text(a):
    return "(" + ",".join([str(each) for each in a.shape]) + ("," if a.ndim == 1 else "") + ")"


def vdot(a, b):
    return dot(asarray(a).ravel(), asarray(b).ravel())


def inner(a, b):
    a, b = asarray(a), asarray(b)
    return multiply(a, b) if a.ndim == 0 or b.ndim == 0 else tensordot(a, b, ((a.ndim - 1,), (b.ndim - 1,)))


def outer(a, b, out=None):
    a, b = _pair(a, b)
    return a.ravel()[:, None] * b.ravel()[None]


def tensordot(a, b, axes=2):
    a, b = _pair(a, b)
    if isinstance(axes, int):
        left, right = list(range(a.ndim - axes, a.ndim)), list(range(axes))
    else:
        left, right = [[each] if isinstance(each, int) else list(each) for each in axes]
    left, right = [each % a.ndim for each in left], [each % b.ndim for each in right]
    rest_a = [i for i in range(a.ndim) if i not in left]
    rest_b = [i for i in range(b.ndim) if i not in right]
    shape = [a.shape[i] for i in rest_a] + [b.shape[i] for i in rest_b]
    summed = 1
    for i in left:
        summed = summed * a.shape[i]
    rows = a.transpose(rest_a + left).reshape(-1, summed)
    columns = b.transpose(right + rest_b).reshape(summed, -1)
    found = matmul(rows, columns).reshape(shape)
    return found if found.ndim > 0 else found.item()


def einsum(equation, *operands, **kwargs):
    found = [asarray(each) for each in operands]
    kind = result_kind(*found)
    return host("torch.einsum", equation, *[each.astype(kind) for each in found])


def kron(a, b):
    return made("torch.kron", *_pair(a, b))


def cross(a, b, axis=-1, **kwargs):
    a, b = _pair(a, b)
    return made("torch.cross", a, b, axis)


def trace(a, offset=0, axis1=0, axis2=1):
    return made("torch.diagonal", asarray(a), offset, axis1, axis2).sum(-1)
