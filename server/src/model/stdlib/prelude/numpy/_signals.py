"""Sequences of numbers: products of them, areas below them, polynomials."""
from _ecocompute_std import known_elements, unknown
from _ecocompute_numpy import abs, asarray, made, mean, result_kind, sign, sqrt, sum, trunc
from ._arrange import moveaxis


def convolve(a, v, mode="full"):
    long, short = asarray(a), asarray(v)
    if long.size < short.size:
        long, short = short, long
    n, k = long.size, short.size
    sizes = {"full": n + k - 1, "same": n, "valid": n - k + 1}
    start = {"full": 0, "same": (k - 1) // 2, "valid": k - 1}[mode]
    kind = result_kind(long, short)
    x, y = known_elements(long), known_elements(short)
    if x is None or y is None or n * k > 65536:
        return made("torch.empty", (sizes[mode],)).astype(kind)
    answers = [_one(x, y, at) for at in range(start, start + sizes[mode])]
    return asarray(answers, kind)


def _one(x, y, at):
    total = 0
    for i in range(len(y)):
        if 0 <= at - i < len(x):
            total += x[at - i] * y[i]
    return total


def correlate(a, v, mode="valid"):
    left, right = asarray(a), asarray(v)
    if left.size < right.size:
        return convolve(left[::-1], right, mode)[::-1]
    return convolve(left, right[::-1], mode)


def trapz(y, x=None, dx=1.0, axis=-1):
    rows = moveaxis(asarray(y), axis, 0)
    if x is None:
        return sum((rows[1:] + rows[:-1]) / 2.0, 0) * dx
    found = asarray(x)
    if found.ndim != 1:
        return unknown("`numpy.trapz` over several axes of places")
    steps = (found[1:] - found[:-1]).reshape((-1,) + (1,) * (rows.ndim - 1))
    return sum((rows[1:] + rows[:-1]) / 2.0 * steps, 0)


def heaviside(x1, x2):
    from ._search import where

    found = asarray(x1)
    made_of = where(found == 0, x2, where(found < 0, 0.0, 1.0))
    return float(made_of) if asarray(x1).ndim == 0 and asarray(x2).ndim == 0 else made_of


def cbrt(x):
    return sign(x) * abs(x) ** (1 / 3)


def i0(x):
    return made("torch.i0", asarray(x, float))


def modf(x):
    whole = trunc(x)
    return x - whole, whole


def divmod(x1, x2):
    return x1 // x2, x1 % x2


def signbit(x):
    return x < 0


def ldexp(x1, x2):
    return x1 * 2.0 ** asarray(x2)


def cov(m, y=None, rowvar=True, bias=False, ddof=None, **kwargs):
    found = asarray(m, float)
    if y is not None or found.ndim > 2:
        return unknown("`numpy.cov` of two arrays")
    rows = found.reshape(1, -1) if found.ndim == 1 else found if rowvar else found.T
    apart = rows - mean(rows, 1, keepdims=True)
    made_of = apart @ apart.T / (rows.shape[1] - (ddof if ddof is not None else 0 if bias else 1))
    return made_of.reshape(()) if made_of.size == 1 else made_of


def corrcoef(x, y=None, rowvar=True, **kwargs):
    if y is not None:
        from ._arrange import stack

        x = stack([asarray(x, float), asarray(y, float)])
    found = cov(x, rowvar=rowvar)
    if asarray(found).ndim == 0:
        return 1.0
    apart = sqrt(asarray([found[i, i] for i in range(found.shape[0])]))
    return found / apart / apart.reshape(-1, 1)


def poly(seq_of_zeros):
    made_of = asarray([1.0])
    for each in asarray(seq_of_zeros, float):
        made_of = convolve(made_of, asarray([1.0, -each]))
    return made_of


def polymul(a1, a2):
    return convolve(a1, a2)


def polyder(p, m=1):
    found = asarray(p)
    for _ in range(m):
        n = found.shape[0] - 1
        found = found[:-1] * asarray([n - i for i in range(n)])
    return found


def trim_zeros(filt, trim="fb"):
    found = known_elements(asarray(filt))
    if found is None:
        return unknown("how many elements are zero")
    first, last = 0, len(found)
    if "f" in trim.lower():
        while first < last and found[first] == 0:
            first += 1
    if "b" in trim.lower():
        while last > first and found[last - 1] == 0:
            last -= 1
    return filt[first:last]


def binary_repr(num, width=None):
    text = format(num if num >= 0 else num + (1 << width), "b")
    return text if width is None else text.zfill(width)


def base_repr(number, base=2, padding=0):
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    left, text = -number if number < 0 else number, ""
    while left:
        text = digits[left % base] + text
        left //= base
    text = "0" * padding + text
    return ("-" if number < 0 else "") + (text or "0")
