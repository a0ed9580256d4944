"""Arrays of random numbers have a shape, and values that only the run knows."""
from _ecocompute_std import plain_unknown, unknown
from _ecocompute_numpy import asarray, made, torch_kind


def _sizes(size):
    if hasattr(size, "tolist"):
        return tuple(size.tolist())
    return tuple(size) if isinstance(size, (tuple, list)) else (size,)


def _drawn(size, *bounds, dtype=float):
    if size is None:
        wide = [asarray(each) for each in bounds]
        size = () if all([each.ndim == 0 for each in wide]) else (sum(wide[1:], wide[0])).shape
        if size == ():
            return plain_unknown("a random number", "float")
    return made("torch.rand", _sizes(size), dtype=torch_kind(dtype))


def _chance(*args, size=None, **kwargs):
    return _drawn(size, *args)


def rand(*size):
    return _drawn(size or None)


randn = rand


def random(size=None, dtype=float, **kwargs):
    return _drawn(size, dtype=dtype)


random_sample = ranf = standard_normal = standard_exponential = standard_cauchy = random


def uniform(low=0.0, high=1.0, size=None):
    return _drawn(size, low, high)


def normal(loc=0.0, scale=1.0, size=None):
    return _drawn(size, loc, scale)


beta = laplace = gumbel = logistic = lognormal = gamma = vonmises = wald = normal


def exponential(scale=1.0, size=None):
    return _drawn(size, scale)


rayleigh = exponential


def poisson(lam=1.0, size=None):
    return _whole(size)


def binomial(n, p, size=None):
    return _whole(size)


def geometric(p, size=None):
    return _whole(size)


def _whole(size, high=2, dtype=int):
    if size is None:
        return plain_unknown("a random number", "int")
    return made("torch.randint", 0, high, _sizes(size), dtype=torch_kind(dtype))


def randint(low, high=None, size=None, dtype=int):
    if size is None:
        return plain_unknown("a random number", "int", *((0, low) if high is None else (low, high)))
    return _whole(size, dtype=dtype)


def integers(low, high=None, size=None, dtype=int, endpoint=False):
    if size is None and not endpoint:
        return randint(low, high)
    return _whole(size, dtype=dtype)


def random_integers(low, high=None, size=None):
    return _whole(size)


def dirichlet(alpha, size=None):
    return made("torch.rand", (() if size is None else _sizes(size)) + asarray(alpha).shape)


def multivariate_normal(mean, cov, size=None, **kwargs):
    return made("torch.rand", (() if size is None else _sizes(size)) + asarray(mean).shape)


def choice(a, size=None, replace=True, p=None, **kwargs):
    if isinstance(a, int):
        return _whole(size, a)
    if isinstance(a, (list, tuple)) and not all([isinstance(each, (int, float)) for each in a]):
        return unknown("a random choice")
    found = asarray(a)
    if size is None:
        return unknown("a random choice") if found.ndim > 1 else plain_unknown("a random number", "float" if found.dtype.kind == "f" else "int")
    return found[_whole(size, len(found))]


def permutation(x, **kwargs):
    if isinstance(x, int):
        return made("torch.randperm", x)
    if isinstance(x, (list, tuple)) and not all([isinstance(each, (int, float)) for each in x]):
        return unknown("a random order")
    found = asarray(x)
    return found[made("torch.randperm", len(found))]


permuted = permutation


def shuffle(x, **kwargs):
    if hasattr(x, "ndim"):
        x[...] = permutation(x)
    elif len(x) > 1:
        from random import shuffle as shuffled

        shuffled(x)


def seed(*args):
    return None


def get_state(*args, **kwargs):
    return unknown("the state of random numbers")


def set_state(*args):
    return None


class RandomState:
    def __init__(self, *args, **kwargs):
        pass

    def __getattr__(self, name):
        return globals().get(name, _chance)


Generator = RandomState
PCG64 = RandomState
SeedSequence = RandomState


def default_rng(*args):
    return RandomState()
