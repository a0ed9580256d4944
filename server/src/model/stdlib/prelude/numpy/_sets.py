"""Arrays as sets, and statistics that leave out what is no number."""
from _ecocompute_std import known_elements, unknown
from _ecocompute_numpy import asarray, isnan, result_kind, sqrt, square, sum
from ._search import median, percentile, quantile, unique, where


def _pair(name, ar1, ar2):
    left, right = known_elements(asarray(ar1)), known_elements(asarray(ar2))
    return None if left is None or right is None else (left, right, result_kind(asarray(ar1), asarray(ar2)))


def union1d(ar1, ar2):
    found = _pair("union1d", ar1, ar2)
    return unknown("`numpy.union1d`") if found is None else asarray(sorted({*found[0], *found[1]}), found[2])


def intersect1d(ar1, ar2, **kwargs):
    found = _pair("intersect1d", ar1, ar2)
    if found is None or kwargs.get("return_indices"):
        return unknown("`numpy.intersect1d`")
    return asarray(sorted({*found[0]} & {*found[1]}), found[2])


def setdiff1d(ar1, ar2, assume_unique=False):
    found = _pair("setdiff1d", ar1, ar2)
    if found is None:
        return unknown("`numpy.setdiff1d`")
    kept = [each for each in found[0] if each not in found[1]]
    return asarray(kept if assume_unique else sorted({*kept}), asarray(ar1).dtype)


def setxor1d(ar1, ar2, **kwargs):
    found = _pair("setxor1d", ar1, ar2)
    return unknown("`numpy.setxor1d`") if found is None else asarray(sorted({*found[0]} ^ {*found[1]}), found[2])


def lexsort(keys, axis=-1):
    found = [known_elements(asarray(each)) for each in keys]
    if None in found or asarray(keys[0]).ndim != 1:
        return unknown("`numpy.lexsort`")
    return asarray(sorted(range(len(found[0])), key=lambda i: [each[i] for each in reversed(found)]), int)


def nanvar(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, **kwargs):
    found = asarray(a, float)
    there = where(isnan(found), 0.0, 1.0)
    kept = where(isnan(found), 0.0, found)
    middle = sum(kept, axis, keepdims=True) / sum(there, axis, keepdims=True)
    apart = square(kept - middle) * there
    return sum(apart, axis, keepdims=keepdims) / (sum(there, axis, keepdims=keepdims) - ddof)


def nanstd(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, **kwargs):
    return sqrt(nanvar(a, axis, dtype, out, ddof, keepdims))


def _whole(name, of, a, *args, **kwargs):
    found = known_elements(asarray(a))
    if found is None or any(each != each for each in found):
        return unknown("`numpy." + name + "`")
    return of(a, *args, **kwargs)


def nanmedian(a, *args, **kwargs):
    return _whole("nanmedian", median, a, *args, **kwargs)


def nanpercentile(a, *args, **kwargs):
    return _whole("nanpercentile", percentile, a, *args, **kwargs)


def nanquantile(a, *args, **kwargs):
    return _whole("nanquantile", quantile, a, *args, **kwargs)


def array_equiv(a1, a2):
    return (asarray(a1) == asarray(a2)).all()
