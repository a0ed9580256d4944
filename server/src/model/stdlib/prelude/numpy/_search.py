"""Statistics, searches and positions: of lists of numbers, and of tensors where torch has the same."""
import itertools
import math
from _ecocompute_std import unknown
from ._array import ndarray


def _numbers(x):
    return list(x) if isinstance(x, (list, tuple, range)) else list(x.flatten().tolist())


def _is_flat(x):
    return isinstance(x, (list, tuple, range)) and not any([isinstance(each, (list, tuple)) for each in x])


def _array(x):
    from . import array

    return array(list(x)) if isinstance(x, (list, tuple, range)) else x


def argmin(values, axis=None):
    return _array(values).argmin() if axis is None else _array(values).argmin(axis)


def var(values, axis=None, ddof=0, **kwargs):
    if _is_flat(values):
        return ndarray(list(values)).var(ddof=ddof)
    made = _array(values)
    return made.var(unbiased=False) if axis is None else made.var(axis, unbiased=False)


def std(values, axis=None, ddof=0, **kwargs):
    if _is_flat(values):
        return ndarray(list(values)).std(ddof=ddof)
    made = _array(values)
    return made.std(unbiased=False) if axis is None else made.std(axis, unbiased=False)


def percentile(values, q, axis=None, **kwargs):
    if axis is not None or not isinstance(q, (int, float)):
        return unknown("`numpy.percentile`")
    ordered = sorted(_numbers(values))
    at = (len(ordered) - 1) * q / 100
    low = math.floor(at)
    high = low + 1 if low + 1 < len(ordered) else low
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


def quantile(values, q, axis=None, **kwargs):
    return percentile(values, q * 100 if isinstance(q, (int, float)) else q, axis)


def median(values, axis=None, **kwargs):
    return float(percentile(values, 50)) if axis is None else unknown("`numpy.median`")


def ptp(values, axis=None):
    return max(_numbers(values)) - min(_numbers(values)) if axis is None else unknown("`numpy.ptp`")


def bincount(values, weights=None, minlength=0):
    if weights is not None:
        return unknown("`numpy.bincount`")
    numbers = _numbers(values)
    counts = [0] * max([minlength] + [each + 1 for each in numbers])
    for each in numbers:
        counts[each] += 1
    return ndarray(counts)


def flatnonzero(values):
    return ndarray([i for i, each in enumerate(_numbers(values)) if each])


def count_nonzero(values, axis=None):
    return len(flatnonzero(values)) if axis is None else unknown("`numpy.count_nonzero`")


def argwhere(values):
    import torch

    return torch.nonzero(torch.tensor(list(values)) if _is_flat(values) else _array(values))


def inner(x, y):
    if _is_flat(x) and _is_flat(y):
        return sum([a * b for a, b in zip(x, y)])
    return unknown("`numpy.inner`")


def allclose(x, y, rtol=1e-05, atol=1e-08, **kwargs):
    if not (_is_flat(x) and _is_flat(y)):
        return unknown("`numpy.allclose`")
    return all([abs(a - b) <= atol + rtol * abs(b) for a, b in zip(x, y)])


def isin(element, test_elements, **kwargs):
    known = _numbers(test_elements)
    return ndarray([each in known for each in element]) if _is_flat(element) else unknown("`numpy.isin`")


in1d = isin


def delete(values, at, axis=None):
    if not _is_flat(values) or isinstance(at, slice):
        return unknown("`numpy.delete`")
    gone = [i % len(values) for i in (at if isinstance(at, (list, tuple)) else [at])]
    return ndarray([each for i, each in enumerate(values) if i not in gone])


def insert(values, at, value, axis=None):
    if not _is_flat(values) or not isinstance(at, int):
        return unknown("`numpy.insert`")
    made = list(values)
    made[at:at] = list(value) if isinstance(value, (list, tuple)) else [value]
    return ndarray(made)


def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None):
    from . import linspace

    return ndarray([float(base) ** each for each in linspace(start, stop, num, endpoint)])


def geomspace(start, stop, num=50, endpoint=True, dtype=None):
    return logspace(math.log10(start), math.log10(stop), num, endpoint)


def ndindex(*shape):
    sizes = shape[0] if len(shape) == 1 and isinstance(shape[0], (list, tuple)) else shape
    return itertools.product(*[range(each) for each in sizes])


def nditer(values, *args, **kwargs):
    return iter(_numbers(values))


def ndenumerate(values):
    made = _array(values)
    return zip(ndindex(tuple(made.shape)), _numbers(made))


def unravel_index(at, shape):
    if not isinstance(at, int):
        return unknown("`numpy.unravel_index`")
    out = []
    for size in reversed(list(shape)):
        out.append(at % size)
        at = at // size
    return tuple(reversed(out))


def ravel_multi_index(at, shape):
    total = 0
    for i, size in zip(at, shape):
        total = total * size + i
    return total


def searchsorted(values, v, side="left", sorter=None):
    numbers = _numbers(values)
    if not isinstance(v, (int, float)):
        return ndarray([searchsorted(numbers, each, side) for each in v]) if _is_flat(v) else unknown("`numpy.searchsorted`")
    return len([each for each in numbers if each < v or (side == "right" and each == v)])


def digitize(x, bins, right=False):
    return searchsorted(bins, x, "left" if right else "right")


def interp(x, xp, fp, left=None, right=None):
    if not isinstance(x, (int, float)):
        return ndarray([interp(each, xp, fp, left, right) for each in x]) if _is_flat(x) else unknown("`numpy.interp`")
    xs, ys = _numbers(xp), _numbers(fp)
    if x <= xs[0]:
        return float(ys[0] if left is None or x == xs[0] else left)
    for i in range(1, len(xs)):
        if x <= xs[i]:
            return ys[i - 1] + (ys[i] - ys[i - 1]) * (x - xs[i - 1]) / (xs[i] - xs[i - 1])
    return float(ys[-1] if right is None else right)


class _Grid:
    def __getitem__(self, key):
        import torch

        parts = key if isinstance(key, tuple) else (key,)
        if any([isinstance(part.step, complex) for part in parts]):
            return unknown("`numpy.mgrid`")
        lines = [torch.tensor(list(range(part.start or 0, part.stop, part.step or 1))) for part in parts]
        return torch.stack(list(torch.meshgrid(*lines, indexing="ij"))) if len(lines) > 1 else lines[0]


mgrid = _Grid()


def indices(dimensions, **kwargs):
    return mgrid[tuple([slice(0, each) for each in dimensions])]
