from _ecocompute_std import partial, cached_property, update_wrapper


def reduce(function, iterable, *initial):
    items = iter(iterable)
    if initial:
        value = initial[0]
    else:
        value = next(items)
    for item in items:
        value = function(value, item)
    return value


def wraps(wrapped, *args, **kwargs):
    def decorate(wrapper):
        return update_wrapper(wrapper, wrapped)

    return decorate


def lru_cache(maxsize=128, typed=False):
    if callable(maxsize):
        return maxsize
    return lambda fn: fn


def cache(fn):
    return fn


def total_ordering(cls):
    return cls


def cmp_to_key(compare):
    class Key:
        def __init__(self, value):
            self.value = value

        def __lt__(self, other):
            return compare(self.value, other.value) < 0

    return Key


def singledispatch(fn):
    return fn


def partialmethod(func, *args, **kwargs):
    def method(self, *rest, **others):
        return func(self, *args, *rest, **{**kwargs, **others})

    return method
