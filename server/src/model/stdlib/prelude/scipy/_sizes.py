from _ecocompute_numpy import asarray, made, torch_kind
from _ecocompute_std import plain_unknown


def values(*size, dtype=float):
    """An array of this size, with elements that only the run knows."""
    return made("torch.empty", size, dtype=torch_kind(dtype))


def each(*given):
    """What an elementwise function gives: a number of numbers, an array of arrays that broadcast."""
    wide = [asarray(one) for one in given]
    if all([one.ndim == 0 for one in wide]):
        return plain_unknown("what scipy computes", "float")
    return values(*sum(wide[1:], wide[0]).shape)


def like(input, *args, **kwargs):
    found = asarray(input)
    return values(*found.shape, dtype=found.dtype)


def smooth_from(target, primes):
    """The smallest number from `target` on that has no prime factor but these."""
    found = target
    while True:
        rest = found
        for prime in primes:
            while rest > 0 and rest % prime == 0:
                rest //= prime
        if rest <= 1:
            return found
        found += 1
