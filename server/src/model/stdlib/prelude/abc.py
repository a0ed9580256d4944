from _ecocompute_std import abstractmethod, unknown


class ABCMeta(type):
    __abstractmethods__ = frozenset()


class ABC:
    __abstractmethods__ = frozenset()

    @classmethod
    def register(cls, subclass):
        return subclass


def abstractproperty(fn):
    return property(abstractmethod(fn))


def abstractclassmethod(fn):
    return classmethod(abstractmethod(fn))


def abstractstaticmethod(fn):
    return staticmethod(abstractmethod(fn))


def get_cache_token():
    return unknown("`abc.get_cache_token`")
