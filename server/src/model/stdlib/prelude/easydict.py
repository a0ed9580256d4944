"""Stands in for a dictionary whose keys are attributes too, where the package is not installed."""


def _wrapped(value):
    if isinstance(value, dict) and not isinstance(value, EasyDict):
        return EasyDict(value)
    if isinstance(value, (list, tuple)):
        return type(value)(_wrapped(each) for each in value)
    return value


class EasyDict(dict):
    def __init__(self, d=None, **kwargs):
        for name, value in {**(d or {}), **kwargs}.items():
            self[name] = value

    def __setitem__(self, name, value):
        dict.__setitem__(self, name, _wrapped(value))

    def __setattr__(self, name, value):
        self[name] = value

    def __getattr__(self, name):
        if name in self:
            return self[name]
        raise AttributeError(name)

    def update(self, e=None, **f):
        for name, value in {**(e or {}), **f}.items():
            self[name] = value
