class ABCMeta(type):
    pass


class ABC:
    @classmethod
    def register(cls, subclass):
        return subclass


def abstractmethod(fn):
    return fn


def abstractproperty(fn):
    return property(fn)


def abstractclassmethod(fn):
    return classmethod(fn)


def abstractstaticmethod(fn):
    return staticmethod(fn)
