"""Classes whose methods follow from their attributes."""
from _ecocompute_std import annotations_of, unknown

NOTHING = unknown("`attr.NOTHING`")


class Factory:
    def __init__(self, factory, takes_self=False):
        self.factory = factory
        self.takes_self = takes_self


class Attribute:
    def __init__(self, default=..., validator=None, repr=True, init=True, converter=None, factory=None, kw_only=False, alias=None, **kwargs):
        self._default = Factory(factory) if factory is not None else default
        self.init = init
        self.shown = repr
        self.converter = converter
        self.kw_only = kw_only
        self.alias = alias
        self.name = None
        self.validators = [] if validator is None else [validator]

    def default(self, fn):
        self._default = Factory(fn, True)
        return fn

    def validator(self, fn):
        return fn


def ib(*args, **kwargs):
    return Attribute(*args, **kwargs)


attrib = field = ib


def _fields(cls, auto):
    found = {}
    for base in reversed(cls.__mro__[1:]):
        for each in base.__dict__.get("__attrs_attrs__", ()):
            found[each.name] = each
    names = [name for name in cls.__annotations__] if auto else []
    for name, value in cls.__dict__.items():
        if isinstance(value, Attribute) and name not in names:
            names.append(name)
    for name in names:
        given = cls.__dict__.get(name, ...)
        made = given if isinstance(given, Attribute) else Attribute(given)
        made.name = name
        found.pop(name, None)
        found[name] = made
    return list(found.values())


def _build(cls, auto, frozen, kw_only):
    fields = _fields(cls, auto)
    cls.__attrs_attrs__ = tuple(fields)

    def __init__(self, *args, **kwargs):
        rest = list(args)
        if hasattr(self, "__attrs_pre_init__"):
            self.__attrs_pre_init__()
        for each in fields:
            key = each.alias or each.name.lstrip("_")
            if each.init and rest and not (each.kw_only or kw_only):
                value = rest.pop(0)
            elif each.init and key in kwargs:
                value = kwargs.pop(key)
            elif isinstance(each._default, Factory):
                value = each._default.factory(self) if each._default.takes_self else each._default.factory()
            elif each._default is not ...:
                value = each._default
            elif not each.init:
                continue
            else:
                raise TypeError(cls.__name__ + ".__init__() missing 1 required positional argument: '" + key + "'")
            object.__setattr__(self, each.name, value if each.converter is None else each.converter(value))
        if rest:
            raise TypeError(cls.__name__ + ".__init__() takes " + str(len(fields) + 1) + " positional arguments but more were given")
        if kwargs:
            raise TypeError(cls.__name__ + ".__init__() got an unexpected keyword argument '" + next(iter(kwargs)) + "'")
        if hasattr(self, "__attrs_post_init__"):
            self.__attrs_post_init__()

    def __repr__(self):
        parts = [each.name + "=" + repr(getattr(self, each.name)) for each in fields if each.shown]
        return self.__class__.__name__ + "(" + ", ".join(parts) + ")"

    def __eq__(self, other):
        if other.__class__ is not self.__class__:
            return NotImplemented
        return all([getattr(self, each.name) == getattr(other, each.name) for each in fields])

    def __setattr__(self, name, value):
        raise exceptions.FrozenInstanceError("can't set attribute")

    made = {"__init__": __init__, "__repr__": __repr__, "__eq__": __eq__}
    if frozen:
        made["__setattr__"] = __setattr__
    for name, method in made.items():
        if name not in cls.__dict__:
            setattr(cls, name, method)
    for each in fields:
        if each.name in cls.__dict__:
            delattr(cls, each.name)
    return cls


class exceptions:
    class FrozenInstanceError(AttributeError):
        pass


def s(maybe_cls=None, these=None, auto_attribs=False, frozen=False, kw_only=False, **kwargs):
    def decorate(cls):
        return _build(cls, auto_attribs, frozen, kw_only)

    return decorate if maybe_cls is None else decorate(maybe_cls)


attrs = attributes = s


def define(maybe_cls=None, *, frozen=False, kw_only=False, **kwargs):
    def decorate(cls):
        return _build(cls, True, frozen, kw_only)

    return decorate if maybe_cls is None else decorate(maybe_cls)


mutable = define
dataclass = define


def frozen(maybe_cls=None, **kwargs):
    return define(maybe_cls, **{**kwargs, "frozen": True})


def fields(cls):
    return cls.__attrs_attrs__


def has(cls):
    return hasattr(cls, "__attrs_attrs__")


def asdict(inst, recurse=True, **kwargs):
    return {each.name: _plain(getattr(inst, each.name)) for each in inst.__class__.__attrs_attrs__}


def astuple(inst, **kwargs):
    return tuple(asdict(inst).values())


def _plain(value):
    if has(value.__class__):
        return asdict(value)
    if isinstance(value, (list, tuple)):
        return type(value)([_plain(each) for each in value])
    return value


def evolve(inst, **changes):
    given = {(each.alias or each.name.lstrip("_")): getattr(inst, each.name) for each in inst.__class__.__attrs_attrs__ if each.init}
    return inst.__class__(**{**given, **changes})


class _Anything:
    def __getattr__(self, name):
        return lambda *args, **kwargs: None


validators = _Anything()


def __getattr__(name):
    return unknown("`attr." + name + "`")
