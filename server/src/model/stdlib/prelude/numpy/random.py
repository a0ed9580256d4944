"""Arrays of random numbers have a shape, and values that only the run knows."""
from _ecocompute_std import plain_unknown, unknown


def _chance(*args, **kwargs):
    return plain_unknown("a random number", "float")


def _drawn(size):
    if size is None:
        return _chance()
    import torch

    return torch.rand(size if isinstance(size, (tuple, list)) else (size,), dtype=torch.float64)


def rand(*size):
    return _drawn(size or None)


randn = rand


def random(size=None):
    return _drawn(size)


random_sample = ranf = standard_normal = random


def uniform(low=0.0, high=1.0, size=None):
    return _drawn(size)


normal = beta = uniform


def randint(low, high=None, size=None, dtype=None):
    if size is None:
        return plain_unknown("a random number", "int")
    import torch

    return torch.randint(0, 2, size if isinstance(size, (tuple, list)) else (size,))


def _places(count, size):
    import torch

    return torch.randint(0, count, size if isinstance(size, (tuple, list)) else (size,))


def choice(a, size=None, replace=True, p=None):
    if isinstance(a, int) and size is not None:
        return _places(a, size)
    if size is None or not all(isinstance(each, (int, float)) for each in a):
        return unknown("a random choice")
    import torch

    return torch.tensor(list(a))[_places(len(a), size)]


def permutation(x):
    import torch

    if isinstance(x, int):
        return torch.randperm(x)
    if isinstance(x, (list, tuple)) and not all(isinstance(each, (int, float)) for each in x):
        return unknown("a random order")
    return (torch.tensor(list(x)) if isinstance(x, (list, tuple)) else x)[torch.randperm(len(x))]


def shuffle(x):
    if len(x) > 1:
        from random import shuffle as shuffled

        shuffled(x)


def seed(*args):
    return None


class RandomState:
    def __init__(self, *args):
        pass

    def __getattr__(self, name):
        return globals().get(name, _chance)


Generator = RandomState


def default_rng(*args):
    return RandomState()
