"""The little of numpy that model code computes its sizes with."""
import math
from _ecocompute_std import unknown, typing_name
from . import linalg, random
from ._arithmetic import add, arctan, deg2rad, divide, floor_divide, matmul, mod, multiply, negative, radians, sign, square, subtract, tan, tanh, true_divide
from ._arrange import append, array_split, atleast_1d, atleast_2d, broadcast_to, column_stack, cross, diag_indices, kron, moveaxis, ndim, nonzero, pad, ravel, reshape, roll, rollaxis, rot90, shape, size, split, trace, tril_indices, triu_indices, diag, diff, dot, expand_dims, fill_diagonal, flip, hstack, repeat, sort, argsort, squeeze, swapaxes, tile, transpose, tril, triu, vstack, where
from ._elementwise import all, alltrue, any, arccos, arcsin, arctan2, array_equal, cosh, degrees, equal, exp2, expm1, fix, greater, hypot, isfinite, isinf, isnan, less, log10, logical_and, logical_not, logical_or, maximum, minimum, rad2deg, reciprocal, rint, sinh, sometrue, trunc
from ._identity import eye, identity
from ._kinds import bool_, double, finfo, float16, float32, float64, float_, half, iinfo, int16, int32, int64, int8, int_, intp, long, single, uint16, uint32, uint64, uint8
from ._array import ndarray
from ._search import allclose, argmin, argwhere, bincount, count_nonzero, delete, digitize, flatnonzero, geomspace, in1d, indices, inner, insert, interp, isin, logspace, median, mgrid, ndenumerate, ndindex, nditer, percentile, ptp, quantile, ravel_multi_index, searchsorted, std, unravel_index, var

pi = math.pi
e = math.e
inf = math.inf
nan = math.nan
newaxis = None


integer = int
floating = float
# Names of old versions for what Python calls the same.
int = int
float = float
bool = bool
str = str
object = object
number = typing_name("number")
generic = typing_name("generic")


def _is_tensor(x):
    return not isinstance(x, (int, float, list, tuple)) and hasattr(x, "new_tensor")


def _along(values, axis, name):
    """What a reduction of an array of more dimensions gives; `None` for one dimension."""
    if not _is_tensor(values):
        return None
    reduce = getattr(values, name)
    return reduce() if axis is None else reduce(axis)


def array(values, dtype=None):
    if isinstance(values, (list, tuple)) and not any(isinstance(each, (list, tuple)) for each in values):
        return ndarray([each if dtype is None else dtype(each) for each in values])
    import torch

    return values if isinstance(values, torch.Tensor) else torch.tensor(values)


asarray = ascontiguousarray = copy = array


def _each(fn, x):
    return ndarray([fn(each) for each in x]) if isinstance(x, (list, tuple)) else fn(x)


def arange(*bounds, dtype=None):
    start, stop, step = 0, 0, 1
    if len(bounds) == 1:
        stop = bounds[0]
    elif len(bounds) == 2:
        start, stop = bounds
    else:
        start, stop, step = bounds
    return ndarray([start + i * step for i in range(math.ceil((stop - start) / step))])


def linspace(start, stop, num=50, endpoint=True, dtype=None):
    if num == 1:
        return ndarray([float(start)])
    step = (stop - start) / ((num - 1) if endpoint else num)
    return ndarray([start + i * step for i in range(num)])


def prod(values, axis=None, **kwargs):
    made = _along(values, axis, "prod")
    if made is not None:
        return made
    total = 1
    for each in values:
        total = total * each
    return total


product = prod


def cumsum(values, axis=None):
    if _is_tensor(values):
        return values.flatten().cumsum(0) if axis is None else values.cumsum(axis)
    total = 0
    made = []
    for each in values:
        total = total + each
        made.append(total)
    return ndarray(made)


def cumprod(values):
    total, out = 1, []
    for each in values:
        total = total * each
        out.append(total)
    return ndarray(out)


cumproduct = cumprod


def sqrt(x):
    return x.sqrt() if _is_tensor(x) else _each(math.sqrt, x)


def log(x):
    return x.log() if _is_tensor(x) else _each(math.log, x)


def log1p(x):
    return x.log1p() if _is_tensor(x) else _each(math.log1p, x)


def lcm(x, y):
    return x * y // math.gcd(x, y)


def gcd(x, y):
    return math.gcd(x, y)


def log2(x):
    return x.log2() if _is_tensor(x) else _each(math.log2, x)


def exp(x):
    return x.exp() if _is_tensor(x) else _each(math.exp, x)


def ceil(x):
    return x.ceil() if _is_tensor(x) else _each(lambda v: float(math.ceil(v)), x)


def floor(x):
    return x.floor() if _is_tensor(x) else _each(lambda v: float(math.floor(v)), x)


def round(x, decimals=0):
    return x.round(decimals=decimals) if _is_tensor(x) else _each(lambda v: float(_round(v, decimals)), x)


def _round(v, decimals):
    scale = 10**decimals
    scaled = v * scale
    low = math.floor(scaled)
    rest = scaled - low
    if rest == 0.5:
        return (low if low % 2 == 0 else low + 1) / scale
    return (low if rest < 0.5 else low + 1) / scale


def abs(x):
    return x.abs() if _is_tensor(x) else _each(lambda v: v if v >= 0 else -v, x)


absolute = fabs = abs
around = round_ = round


def outer(x, y):
    import torch

    return torch.outer(torch.tensor(x), torch.tensor(y))


def power(x, y):
    return x**y


def sin(x):
    return x.sin() if _is_tensor(x) else _each(math.sin, x)


def cos(x):
    return x.cos() if _is_tensor(x) else _each(math.cos, x)


def sum(values, axis=None, **kwargs):
    made = _along(values, axis, "sum")
    if made is not None:
        return made
    total = 0
    for each in values:
        total = total + each
    return total


def mean(values, axis=None, **kwargs):
    made = _along(values, axis, "mean")
    return sum(values) / len(values) if made is None else made


def max(values, axis=None, **kwargs):
    made = _along(values, axis, "amax")
    if made is not None:
        return made
    best = values[0]
    for each in values:
        if each > best:
            best = each
    return best


amax = max


def min(values, axis=None, **kwargs):
    made = _along(values, axis, "amin")
    if made is not None:
        return made
    best = values[0]
    for each in values:
        if each < best:
            best = each
    return best


amin = min


def zeros(shape, dtype=float):
    return full(shape, 0.0, dtype)


def ones(shape, dtype=float):
    return full(shape, 1.0, dtype)


def full(shape, fill, dtype=None):
    if isinstance(shape, (list, tuple)) and len(shape) != 1:
        import torch

        return torch.full(tuple(shape), fill)
    count = shape if isinstance(shape, int) else shape[0]
    return ndarray([fill if dtype is None else dtype(fill)] * count)


empty = zeros


def _alike(x, fill, dtype):
    if _is_tensor(x):
        return full(tuple(x.shape), fill)
    return full(len(x), fill, dtype or (type(list(x)[0]) if len(x) > 0 else None))


def zeros_like(x, dtype=None):
    return _alike(x, 0.0, dtype)


def ones_like(x, dtype=None):
    return _alike(x, 1.0, dtype)


def full_like(x, fill, dtype=None):
    return _alike(x, fill, dtype)


def _tensor(x):
    import torch

    return torch.tensor(list(x)) if isinstance(x, (list, tuple, range)) else x


def concatenate(arrays, axis=0):
    if all(isinstance(each, ndarray) for each in arrays):
        return ndarray([item for each in arrays for item in each])
    import torch

    return torch.cat([_tensor(each) for each in arrays], axis)


def stack(arrays, axis=0):
    import torch

    return torch.stack([_tensor(each) for each in arrays], axis)


def einsum(equation, *operands):
    import torch

    return torch.einsum(equation, *[_tensor(each) for each in operands])


def meshgrid(*arrays, indexing="xy"):
    import torch

    return list(torch.meshgrid(*[_tensor(each) for each in arrays], indexing=indexing))


class _OpenGrid:
    def __getitem__(self, key):
        parts = key if isinstance(key, tuple) else (key,)
        made = []
        for at, part in enumerate(parts):
            values = _tensor(range(part.start or 0, part.stop, part.step or 1))
            made.append(values.reshape([-1 if i == at else 1 for i in range(len(parts))]))
        return made


ogrid = _OpenGrid()


def unique(values, **kwargs):
    if kwargs:
        return unknown("`numpy.unique`")
    return ndarray(sorted(set(values)))


def clip(x, low, high):
    return x.clamp(low, high) if _is_tensor(x) else _each(lambda v: low if v < low else high if v > high else v, x)


def argmax(values, axis=None):
    return list(values).index(max(values))


def isscalar(x):
    return isinstance(x, (int, float, str))


def __getattr__(name):
    return unknown("`numpy." + name + "`")
