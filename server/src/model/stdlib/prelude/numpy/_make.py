"""Arrays made of nothing, of numbers, of the sizes of others."""
import math
from _ecocompute_std import unknown
from _ecocompute_numpy import exp, host, kind_name, log10, made, power, spaced, torch_kind
from ._objects import asarray, filled


def array(object, dtype=None, copy=True, ndmin=0, **kwargs):
    found = asarray(object, dtype)
    if hasattr(object, "ndim") and copy:
        found = found.copy()
    while ndmin > 0 and found.ndim < ndmin:
        found = found[None]
    return found


def asanyarray(a, dtype=None, **kwargs):
    return asarray(a, dtype)


def ascontiguousarray(a, dtype=None):
    found = asarray(a, dtype)
    return found.copy() if hasattr(found, "copy") else found


def asfarray(a, dtype=float):
    return asarray(a, dtype)


def copy(a, **kwargs):
    return array(a)


def fromiter(iterable, dtype, count=-1):
    return asarray(list(iterable), dtype)


def frombuffer(*args, **kwargs):
    return unknown("`numpy.frombuffer`")


def _sizes(shape):
    if hasattr(shape, "tolist"):
        return tuple(shape.tolist())
    return tuple(shape) if isinstance(shape, (list, tuple)) else (shape,)


def full(shape, fill_value, dtype=None, order="C", **kwargs):
    if dtype is object:
        return filled([fill_value] * math.prod(_sizes(shape)), _sizes(shape))
    if hasattr(fill_value, "ndim"):
        return broadcast_copy(fill_value, _sizes(shape), dtype)
    kind = (bool if isinstance(fill_value, bool) else int if isinstance(fill_value, int) else float) if dtype is None else dtype
    return made("torch.full", _sizes(shape), fill_value, dtype=torch_kind(kind))


def broadcast_copy(value, shape, dtype):
    found = made("torch.broadcast_to", asarray(value), shape).copy()
    return found if dtype is None else found.astype(dtype)


def zeros(shape, dtype=float, order="C", **kwargs):
    if dtype is object:
        return full(shape, 0, object)
    return made("torch.zeros", _sizes(shape), dtype=torch_kind(float if dtype is None else dtype))


def ones(shape, dtype=float, order="C", **kwargs):
    if dtype is object:
        return full(shape, 1, object)
    return made("torch.ones", _sizes(shape), dtype=torch_kind(float if dtype is None else dtype))


def empty(shape, dtype=float, order="C", **kwargs):
    if dtype is object:
        return full(shape, None, object)
    return made("torch.empty", _sizes(shape), dtype=torch_kind(float if dtype is None else dtype))


def zeros_like(a, dtype=None, order="K", subok=True, shape=None):
    return full_like(a, 0, dtype, shape=shape)


def ones_like(a, dtype=None, order="K", subok=True, shape=None):
    return full_like(a, 1, dtype, shape=shape)


def empty_like(a, dtype=None, order="K", subok=True, shape=None):
    like = asarray(a)
    return empty(like.shape if shape is None else shape, like.dtype if dtype is None else dtype)


def full_like(a, fill_value, dtype=None, order="K", subok=True, shape=None):
    like = asarray(a)
    return full(like.shape if shape is None else shape, fill_value, like.dtype if dtype is None else dtype)


def eye(N, M=None, k=0, dtype=float, **kwargs):
    ones_there = ones((N, N if M is None else M))
    return made("torch.tril", made("torch.triu", ones_there, k), k).astype(dtype)


def identity(n, dtype=None, **kwargs):
    return eye(n, dtype=float if dtype is None else dtype)


def tri(N, M=None, k=0, dtype=float):
    return made("torch.tril", ones((N, N if M is None else M)), k).astype(dtype)


def tril(m, k=0):
    return made("torch.tril", asarray(m), k)


def triu(m, k=0):
    return made("torch.triu", asarray(m), k)


def tril_indices(n, k=0, m=None):
    return tuple(made("torch.tril_indices", n, n if m is None else m, k))


def triu_indices(n, k=0, m=None):
    return tuple(made("torch.triu_indices", n, n if m is None else m, k))


def diag_indices(n, ndim=2):
    return tuple([arange(n)] * ndim)


def diag(v, k=0):
    return made("torch.diag", asarray(v), k)


def diagflat(v, k=0):
    return diag(asarray(v).ravel(), k)


def diagonal(a, offset=0, axis1=0, axis2=1):
    return made("torch.diagonal", asarray(a), offset, axis1, axis2)


def vander(x, N=None, increasing=False):
    found = made("torch.vander", asarray(x), N, increasing)
    return found


def arange(*bounds, dtype=None, **kwargs):
    start, step = 0, 1
    if "stop" in kwargs:
        bounds = (kwargs.get("start", 0), kwargs["stop"])
    if len(bounds) == 1:
        stop = bounds[0]
    elif len(bounds) == 2:
        start, stop = bounds
    elif len(bounds) == 3:
        start, stop, step = bounds
    else:
        start, stop, step, dtype = bounds
    step = kwargs.get("step", step)
    if isinstance(stop, float) or isinstance(step, float):
        start = float(start)
    count = math.ceil((stop - start) / step)
    found = spaced(start, step, count if count > 0 else 0)
    return found if dtype is None else found.astype(dtype)


def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    if hasattr(start, "ndim") or hasattr(stop, "ndim"):
        steps = linspace(0.0, 1.0, num, endpoint).reshape((-1,) + (1,) * asarray(stop - start).ndim)
        return steps * (stop - start) + start
    num = int(num)
    parts = num - 1 if endpoint else num
    step = (stop - start) / parts if parts > 0 else math.nan
    found = spaced(float(start), step, num, float(stop) if endpoint else None) if num > 1 else asarray([float(start)] * num, float)
    found = found if dtype is None else found.astype(dtype)
    return (found, step) if retstep else found


def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0):
    found = power(float(base), linspace(start, stop, num, endpoint))
    return found if dtype is None else found.astype(dtype)


def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    found = logspace(math.log10(start), math.log10(stop), num, endpoint)
    return found if dtype is None else found.astype(dtype)


def _window(M, fn):
    return asarray([1.0] * M if M <= 1 else [fn(2.0 * math.pi * n / (M - 1)) for n in range(M)], float)


def hanning(M):
    return _window(M, lambda x: 0.5 - 0.5 * math.cos(x))


def hamming(M):
    return _window(M, lambda x: 0.54 - 0.46 * math.cos(x))


def blackman(M):
    return _window(M, lambda x: 0.42 - 0.5 * math.cos(x) + 0.08 * math.cos(2 * x))


def bartlett(M):
    return _window(M, lambda x: 1.0 - math.fabs(x / math.pi - 1.0))


def kaiser(M, beta):
    return empty(M)


class _Grid:
    def __init__(self, is_open):
        self.is_open = is_open

    def _line(self, part):
        start = 0 if part.start is None else part.start
        if isinstance(part.step, complex):
            return linspace(start, part.stop, int(abs(part.step)))
        return arange(start, part.stop, 1 if part.step is None else part.step)

    def __getitem__(self, key):
        parts = key if isinstance(key, tuple) else (key,)
        lines = [self._line(part) for part in parts]
        if not isinstance(key, tuple):
            return lines[0]
        from ._arrange import meshgrid, stack

        grids = meshgrid(*lines, indexing="ij", sparse=self.is_open)
        return grids if self.is_open else stack(grids)


mgrid = _Grid(False)
ogrid = _Grid(True)


def indices(dimensions, dtype=int, sparse=False):
    found = _Grid(sparse)[tuple([slice(0, each) for each in dimensions])]
    return found


def ix_(*args):
    return tuple([
        asarray(each).reshape([-1 if i == at else 1 for i in range(len(args))]) for at, each in enumerate(args)
    ])
