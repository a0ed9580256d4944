"""The numpy that model code computes sizes, tables and starting values with."""
import math
from _ecocompute_std import unknown, typing_name
from _ecocompute_numpy import (
    abs, absolute, add, all, alltrue, amax, amin, any, arccos, arccosh, arcsin, arcsinh, arctan, arctan2, arctanh, argmax, argmin,
    bitwise_and, bitwise_not, bitwise_or, bitwise_xor, ceil, copysign, cos, cosh, cumprod, cumproduct, cumsum, deg2rad, degrees,
    divide, equal, exp, exp2, expm1, fabs, fix, float_power, floor, floor_divide, fmax, fmin, fmod, gcd, greater, greater_equal, hypot,
    invert, isfinite, isinf, isnan, lcm, left_shift, less, less_equal, log, log10, log1p, log2, logaddexp, logical_and, logical_not,
    logical_or, logical_xor, max, maximum, mean, min, minimum, mod, multiply, nanargmax, nanargmin, nancumsum, nanmax, nanmean, nanmin,
    nansum, ndarray, negative, not_equal, positive, power, prod, product, rad2deg, radians, reciprocal, remainder, right_shift, rint,
    sign, sin, sinc, sinh, sometrue, sqrt, square, std, subtract, sum, tan, tanh, true_divide, trunc, var,
)
from . import fft, lib, linalg, random
from ._arrange import (
    append, array_split, atleast_1d, atleast_2d, atleast_3d, broadcast_arrays, broadcast_to, column_stack, concatenate, dsplit, dstack,
    expand_dims, flip, fliplr, flipud, hsplit, hstack, meshgrid, moveaxis, ndim, pad, ravel, repeat, reshape, resize, roll, rollaxis,
    rot90, row_stack, shape, size, split, squeeze, stack, swapaxes, tile, transpose, vsplit, vstack,
)
from ._complex import angle, conjugate, imag, iscomplex, iscomplexobj, isrealobj, real, real_if_close, unwrap
from ._kinds import (
    bool_, byte, can_cast, cdouble, complex128, complex64, csingle, double, dtype, finfo, float16, float32, float64, float_, floating,
    generic, half, iinfo, inexact, int16, int32, int64, int8, int_, intc, integer, intp, issubdtype, long, number, object_,
    promote_types, result_type, short, signedinteger, single, str_, ubyte, uint, uint16, uint32, uint64, uint8, unsignedinteger,
)
from ._make import (
    arange, array, ascontiguousarray, asfarray, bartlett, blackman, copy, diag, diagflat, diagonal, empty, empty_like, eye, full, full_like,
    geomspace, hamming, hanning, identity, indices, ix_, kaiser, linspace, logspace, mgrid, ogrid, ones, ones_like, tri, tril,
    tril_indices, triu, triu_indices, vander, zeros, zeros_like, diag_indices, fromiter, frombuffer, asanyarray,
)
from ._multiply import cross, dot, einsum, inner, kron, matmul, outer, tensordot, trace, vdot
from ._objects import asarray
from ._places import (
    block, broadcast_shapes, c_, copyto, diag_indices_from, fromfunction, index_exp, place, putmask, r_, s_, tril_indices_from,
    triu_indices_from,
)
from ._search import (
    allclose, apply_along_axis, argpartition, argsort, argwhere, around, array_equal, average, bincount, choose, clip, compress, conj,
    count_nonzero, delete, diff, digitize, ediff1d, extract, fill_diagonal, flatnonzero, gradient, histogram, in1d, insert, interp,
    isclose, isin, isneginf, isposinf, isreal, iterable, median, nan_to_num, ndenumerate, ndindex, nditer, nonzero, partition,
    percentile, polyfit, polyval, ptp, put, quantile, ravel_multi_index, round, round_, searchsorted, select, sort, take,
    take_along_axis, unique, unravel_index, vectorize, where,
)
from ._sets import (
    array_equiv, intersect1d, lexsort, nanmedian, nanpercentile, nanquantile, nanstd, nanvar, setdiff1d, setxor1d, union1d,
)
from ._signals import (
    base_repr, binary_repr, cbrt, convolve, corrcoef, correlate, cov, divmod, heaviside, i0, ldexp, modf, poly, polyder, polymul, signbit,
    trapz, trim_zeros,
)

pi = math.pi
e = math.e
euler_gamma = 0.5772156649015329
inf = Inf = Infinity = infty = PINF = math.inf
NINF = -math.inf
nan = NaN = NAN = math.nan
newaxis = None
__version__ = "1.26.4"

# Names of old versions for what Python calls the same.
int = int
float = float
bool = bool
str = str
unicode_ = str
bool8 = bool_
cfloat = complex_ = complex128
longlong = int64
singlecomplex = complex64
object = object
complex = complex


def isscalar(x):
    return isinstance(x, (int, float, complex, str))


def errstate(**kwargs):
    from contextlib import nullcontext

    return nullcontext()


def seterr(**kwargs):
    return {}


def printoptions(*args, **kwargs):
    from contextlib import nullcontext

    return nullcontext()


def set_printoptions(*args, **kwargs):
    return None


def __getattr__(name):
    return unknown("`numpy." + name + "`")
