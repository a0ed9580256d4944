"""Statistics, searches and positions. Elements that only the run knows make what is found of them unknown."""
import itertools
import math
from _ecocompute_std import known_elements, plain_unknown, unknown
from _ecocompute_numpy import abs as _abs, asarray, host, invert, isinf, isnan, less, logical_and, made, max, mean, min, result_kind, sign, sum, torch_kind


def _numbers(x):
    """The elements in a row; `None` where the run alone knows them."""
    return known_elements(asarray(x))


def _known(name, *arrays):
    found = [_numbers(each) for each in arrays]
    return None if None in found else found


def _open(name, like, kind):
    """A number or an array of numbers that only the run knows, of the sizes of another."""
    shape = asarray(like).shape
    return host("torch.empty", shape, dtype=torch_kind(kind)) if shape else plain_unknown("`numpy." + name + "`", kind)


def argsort(a, axis=-1, kind=None, order=None):
    found = asarray(a)
    return host("torch.argsort", found.ravel() if axis is None else found, 0 if axis is None else axis)


def sort(a, axis=-1, kind=None, order=None):
    found = asarray(a)
    return host("torch.sort", found.ravel() if axis is None else found, 0 if axis is None else axis)[0]


def partition(a, kth, axis=-1, **kwargs):
    return sort(a, axis)


def argpartition(a, kth, axis=-1, **kwargs):
    return argsort(a, axis)


def take(a, indices, axis=None, **kwargs):
    found = asarray(a)
    found = found.ravel() if axis is None else found
    key = [slice(None)] * (0 if axis is None else axis % found.ndim)
    return found[tuple(key + [indices if isinstance(indices, int) else asarray(indices)])]


def take_along_axis(arr, indices, axis):
    return host("torch.take_along_dim", asarray(arr), asarray(indices), axis)


def put(a, ind, v):
    a[asarray(ind)] = v


def compress(condition, a, axis=None):
    found = asarray(a)
    return found.ravel()[asarray(condition, bool)] if axis is None else take(found, flatnonzero(condition), axis)


def extract(condition, arr):
    return compress(asarray(condition, bool).ravel(), arr)


def choose(a, choices, **kwargs):
    return unknown("`numpy.choose`")


def select(condlist, choicelist, default=0):
    found = asarray(default)
    for condition, choice in zip(condlist[::-1], choicelist[::-1]):
        found = where(condition, choice, found)
    return found


def where(condition, *choices):
    asked = asarray(condition, bool)
    if len(choices) == 0:
        return nonzero(asked)
    x, y = choices
    left, right = asarray(x), asarray(y)
    plain = [each for each, of in ((left, x), (right, y)) if not isinstance(of, (int, float))]
    kind = result_kind(*(plain if len(plain) == 1 else (left, right)))
    if len(plain) == 1 and (left.dtype.kind, right.dtype.kind) != (plain[0].dtype.kind,) * 2:
        kind = result_kind(left, right)
    return made("torch.where", asked, left.astype(kind), right.astype(kind))


def nonzero(a):
    found = _known("nonzero", a)
    if found is None:
        return unknown("how many elements are true")
    shape = asarray(a).shape
    places = [at for at, each in zip(ndindex(shape), found[0]) if each]
    return tuple([asarray([at[i] for at in places], int) for i in range(len(shape))])


def flatnonzero(a):
    return nonzero(asarray(a).ravel())[0]


def argwhere(a):
    found = nonzero(a)
    return host("torch.stack", list(found), -1)


def count_nonzero(a, axis=None, keepdims=False):
    return asarray(a, bool).sum(axis, keepdims=keepdims)


def unique(ar, return_index=False, return_inverse=False, return_counts=False, axis=None, **kwargs):
    found = _known("unique", ar)
    if found is None or axis is not None:
        return unknown("`numpy.unique`")
    numbers, kind = found[0], asarray(ar).dtype
    once = sorted(set(numbers))
    made_of = [asarray(once, kind)]
    if return_index:
        made_of.append(asarray([numbers.index(each) for each in once], int))
    if return_inverse:
        made_of.append(asarray([once.index(each) for each in numbers], int))
    if return_counts:
        made_of.append(asarray([numbers.count(each) for each in once], int))
    return made_of[0] if len(made_of) == 1 else tuple(made_of)


def clip(a, a_min=None, a_max=None, out=None, **kwargs):
    from _ecocompute_numpy import maximum, minimum

    low = kwargs.get("min", a_min)
    high = kwargs.get("max", a_max)
    found = a if low is None else maximum(a, low)
    found = found if high is None else minimum(found, high)
    if out is None:
        return found
    out[...] = found
    return out


def round(a, decimals=0, out=None):
    if isinstance(a, int):
        return a
    found = asarray(a)
    if found.dtype.kind in "iu":
        return found.copy()
    return host("torch.round", found, decimals=decimals)


around = round_ = round


def nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    return host("torch.nan_to_num", asarray(x), nan, posinf, neginf)


def conj(x):
    return x if isinstance(x, (int, float)) else made("torch.conj", asarray(x))


def isreal(x):
    return asarray(x) == asarray(x)


def isposinf(x):
    return logical_and(isinf(x), asarray(x) > 0)


def isneginf(x):
    return logical_and(isinf(x), asarray(x) < 0)


def iterable(x):
    return hasattr(x, "__iter__")


def ptp(a, axis=None, keepdims=False):
    return max(a, axis, keepdims=keepdims) - min(a, axis, keepdims=keepdims)


def average(a, axis=None, weights=None, **kwargs):
    if weights is None:
        return mean(a, axis)
    weights = asarray(weights)
    return sum(asarray(a) * weights, axis) / sum(weights, axis)


def quantile(a, q, axis=None, keepdims=False, **kwargs):
    return percentile(a, asarray(q) * 100.0, axis, keepdims=keepdims)


def percentile(a, q, axis=None, keepdims=False, **kwargs):
    if axis is None and not keepdims:
        found = _known("percentile", a, q)
        if found is None:
            return _open("percentile", q, "float")
        ordered = sorted(found[0])
        answers = [_at(ordered, each) for each in found[1]]
        return answers[0] if asarray(q).ndim == 0 else asarray(answers, float)
    if not isinstance(axis, int) or asarray(q).ndim > 1:
        return unknown("`numpy.percentile` over several axes")
    shares = float(q) / 100.0 if asarray(q).ndim == 0 else asarray(q, float) / 100.0
    return host("torch.quantile", asarray(a, float), shares, axis, keepdims)


def _at(ordered, q):
    at = (len(ordered) - 1) * q / 100
    low = math.floor(at)
    high = low + 1 if low + 1 < len(ordered) else low
    return float(ordered[low] + (ordered[high] - ordered[low]) * (at - low))


def median(a, axis=None, keepdims=False, **kwargs):
    return percentile(a, 50, axis, keepdims=keepdims)


def bincount(x, weights=None, minlength=0):
    found = _known("bincount", x)
    if found is None or weights is not None:
        return unknown("`numpy.bincount`")
    counts = [0] * sorted([minlength] + [each + 1 for each in found[0]])[-1]
    for each in found[0]:
        counts[each] += 1
    return asarray(counts, int)


def histogram(a, bins=10, range=None, density=None, weights=None):
    if isinstance(bins, str):
        return unknown("`numpy.histogram` of bins that the run chooses")
    edges = _open("histogram", made("torch.arange", bins + 1), "float") if isinstance(bins, int) else asarray(bins)
    counts = _open("histogram", edges[1:], "int" if density is None and weights is None else "float")
    return counts, edges


def allclose(a, b, rtol=1e-05, atol=1e-08, **kwargs):
    return isclose(a, b, rtol, atol).all() if hasattr(isclose(a, b, rtol, atol), "all") else isclose(a, b, rtol, atol)


def isclose(a, b, rtol=1e-05, atol=1e-08, **kwargs):
    return host("torch.isclose", asarray(a, float), asarray(b, float), rtol, atol)


def array_equal(a1, a2, **kwargs):
    left, right = asarray(a1), asarray(a2)
    return left.shape == right.shape and (left == right).all()


def isin(element, test_elements, assume_unique=False, invert=False, **kwargs):
    found = _known("isin", element, test_elements)
    if found is None:
        return _open("isin", element, "bool")
    return asarray([(each in found[1]) is not invert for each in found[0]], bool).reshape(asarray(element).shape)


in1d = isin


def diff(a, n=1, axis=-1, **kwargs):
    return made("torch.diff", asarray(a), n, axis)


def ediff1d(ary, **kwargs):
    return diff(asarray(ary).ravel())


def gradient(f, *varargs, axis=None, edge_order=1):
    found = asarray(f)
    if found.ndim == 1 or isinstance(axis, int):
        return _open("gradient", found, "float")
    return [_open("gradient", found, "float") for _ in found.shape] if axis is None else unknown("`numpy.gradient` along several axes")


def _places(at, size):
    """Positions that are kept or dropped, counted from the front."""
    if isinstance(at, slice):
        return list(range(size))[at]
    found = asarray(at)
    if found.dtype.kind == "b":
        return [i for i, each in enumerate(found.tolist()) if each]
    return [each % size for each in found.ravel().tolist()]


def delete(arr, obj, axis=None):
    found = asarray(arr).ravel() if axis is None else asarray(arr)
    axis = 0 if axis is None else axis
    size = found.shape[axis]
    gone = _places(obj, size)
    return take(found, asarray([i for i in range(size) if i not in gone], int), axis)


def insert(arr, obj, values, axis=None):
    found = _known("insert", arr, values)
    if found is None or axis is not None or not isinstance(obj, int):
        return unknown("`numpy.insert`")
    numbers, added = found
    numbers[obj:obj] = added
    return asarray(numbers, asarray(arr).dtype)


def fill_diagonal(a, val, wrap=False):
    at = range(sorted(a.shape)[0])
    a[tuple([list(at)] * a.ndim)] = val


def ndindex(*shape):
    sizes = shape[0] if len(shape) == 1 and isinstance(shape[0], (list, tuple)) else shape
    return itertools.product(*[range(each) for each in sizes])


def nditer(op, *args, **kwargs):
    return iter(asarray(op).ravel())


def ndenumerate(arr):
    found = asarray(arr)
    return zip(ndindex(found.shape), found.ravel())


def unravel_index(indices, shape, order="C"):
    out = []
    rest = indices if isinstance(indices, int) else asarray(indices)
    for size in reversed(list(shape)):
        out.append(rest % size)
        rest = rest // size
    return tuple(reversed(out))


def ravel_multi_index(multi_index, dims, **kwargs):
    total = 0
    for i, size in zip(multi_index, dims):
        total = i + total * size
    return total


def searchsorted(a, v, side="left", sorter=None):
    found = _known("searchsorted", a, v)
    if found is None:
        return _open("searchsorted", v, "int")
    numbers, wanted = found
    places = [len([x for x in numbers if x < each or (side == "right" and x == each)]) for each in wanted]
    return places[0] if asarray(v).ndim == 0 else asarray(places, int).reshape(asarray(v).shape)


def digitize(x, bins, right=False):
    return searchsorted(bins, x, "left" if right else "right")


def interp(x, xp, fp, left=None, right=None, period=None):
    found = _known("interp", x, xp, fp)
    if found is None or period is not None:
        return _open("interp", x, "float")
    wanted, xs, ys = found
    low, high = (ys[0] if left is None else left), (ys[-1] if right is None else right)
    answers = [_between(each, xs, ys, low, high) for each in wanted]
    return answers[0] if asarray(x).ndim == 0 else asarray(answers, float).reshape(asarray(x).shape)


def _between(x, xs, ys, low, high):
    if x < xs[0]:
        return float(low)
    for i in range(1, len(xs)):
        if x <= xs[i]:
            return float(ys[i - 1] + (ys[i] - ys[i - 1]) * (x - xs[i - 1]) / (xs[i] - xs[i - 1]))
    return float(ys[-1] if x == xs[-1] else high)


def polyfit(x, y, deg, rcond=None, full=False, w=None, cov=False):
    if full or cov or asarray(y).ndim > 1:
        return unknown("`numpy.polyfit`")
    return _open("polyfit", made("torch.arange", deg + 1), "float")


def polyval(p, x):
    total = 0
    for each in asarray(p):
        total = total * x + each
    return total


class vectorize:
    def __init__(self, pyfunc, **kwargs):
        self.pyfunc = pyfunc

    def __call__(self, *args):
        found = [asarray(each) for each in args]
        if found[0].ndim == 0:
            return self.pyfunc(*args)
        from ._arrange import broadcast_arrays

        wide = broadcast_arrays(*found)
        return asarray([self.pyfunc(*each) for each in zip(*[each.ravel() for each in wide])]).reshape(wide[0].shape)


def apply_along_axis(func1d, axis, arr, *args, **kwargs):
    from ._arrange import moveaxis, stack

    found = moveaxis(asarray(arr), axis, -1)
    if found.ndim == 1:
        return func1d(found, *args, **kwargs)
    rows = [func1d(each, *args, **kwargs) for each in found.reshape(-1, found.shape[-1])]
    answers = asarray(rows).reshape(found.shape[:-1] + asarray(rows[0]).shape)
    return answers if asarray(rows[0]).ndim == 0 else moveaxis(answers, -1, axis)
