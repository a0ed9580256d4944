from _ecocompute import memoized
from _ecocompute_std import partial, cached_property, annotation_at, unknown, update_wrapper


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
    # Functions of the same arguments give the same again, so that forgetting them changes nothing but objects' identity.
    wrapper.cache_clear = lambda: None
    wrapper.cache_info = lambda: unknown("the state of a cache")
    wrapper.cache_parameters = lambda: {}
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
        table[annotation_at(cls, 0)] = cls
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

        self.dispatcher = singledispatch(fn)

    def register(self, cls, func=None):
        if func is not None or isinstance(cls, type):
            return self.dispatcher.register(cls, func)
        # The first parameter is `self`.
        return self.dispatcher.register(annotation_at(cls, 1), cls)

    def __get__(self, instance, owner=None):
        def method(*args, **kwargs):
            found = self.dispatcher.dispatch(type(args[0]))
            if isinstance(found, (staticmethod, classmethod)):
                return found.__get__(instance, owner)(*args, **kwargs)
            return found(instance, *args, **kwargs)

        return method


def partialmethod(func, *args, **kwargs):
    def method(self, *rest, **others):
        return func(self, *args, *rest, **{**kwargs, **others})

    return method
