from _ecocompute import memoized
from _ecocompute_std import partial, cached_property, first_annotation, unknown, update_wrapper


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
        return cache(maxsize)
    return cache


def cache(fn):
    def wrapper(*args, **kwargs):
        return memoized(fn, args, kwargs)

    update_wrapper(wrapper, fn)
    wrapper.cache_clear = lambda: None
    wrapper.cache_info = lambda: unknown("the state of a cache")
    return wrapper


def total_ordering(cls):
    have = cls.__dict__
    if "__lt__" in have:
        rest = {
            "__gt__": lambda self, other: not (self < other or self == other),
            "__le__": lambda self, other: self < other or self == other,
            "__ge__": lambda self, other: not self < other,
        }
    elif "__gt__" in have:
        rest = {
            "__lt__": lambda self, other: not (self > other or self == other),
            "__ge__": lambda self, other: self > other or self == other,
            "__le__": lambda self, other: not self > other,
        }
    elif "__le__" in have:
        rest = {
            "__ge__": lambda self, other: not self <= other or self == other,
            "__lt__": lambda self, other: self <= other and not self == other,
            "__gt__": lambda self, other: not self <= other,
        }
    else:
        rest = {
            "__le__": lambda self, other: not self >= other or self == other,
            "__gt__": lambda self, other: self >= other and not self == other,
            "__lt__": lambda self, other: not self >= other,
        }
    for name, compare in rest.items():
        if name not in have:
            setattr(cls, name, compare)
    return cls


def cmp_to_key(compare):
    class Key:
        def __init__(self, value):
            self.value = value

        def __lt__(self, other):
            return compare(self.value, other.value) < 0

    return Key


def singledispatch(fn):
    table = {}

    def dispatch(cls):
        for each in cls.__mro__:
            if each in table:
                return table[each]
        return fn

    def register(cls, func=None):
        if func is not None:
            table[cls] = func
            return func
        if isinstance(cls, type):
            return lambda given: register(cls, given)
        table[first_annotation(cls)] = cls
        return cls

    def wrapper(*args, **kwargs):
        return dispatch(type(args[0]))(*args, **kwargs)

    update_wrapper(wrapper, fn)
    wrapper.register = register
    wrapper.dispatch = dispatch
    return wrapper


class singledispatchmethod:
    def __init__(self, fn):
        self.func = fn

    def register(self, cls, func=None):
        return unknown("`singledispatchmethod.register`")

    def __get__(self, instance, owner=None):
        return unknown("`singledispatchmethod`")


def partialmethod(func, *args, **kwargs):
    def method(self, *rest, **others):
        return func(self, *args, *rest, **{**kwargs, **others})

    return method
