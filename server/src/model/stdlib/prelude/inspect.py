import sys
from collections import namedtuple
from enum import IntEnum
from _ecocompute_std import file_text, signature as signature_parts, empty_parameter, unknown, native_class, abc_Callable


class _ParameterKind(IntEnum):
    POSITIONAL_ONLY = 0
    POSITIONAL_OR_KEYWORD = 1
    VAR_POSITIONAL = 2
    KEYWORD_ONLY = 3
    VAR_KEYWORD = 4

    @property
    def description(self):
        return self.name.lower().replace("_", " ").replace(" or ", "-or-")


_kinds = list(_ParameterKind)


class Parameter:
    POSITIONAL_ONLY, POSITIONAL_OR_KEYWORD, VAR_POSITIONAL, KEYWORD_ONLY, VAR_KEYWORD = _kinds
    empty = empty_parameter

    def __init__(self, name, kind, *, default=empty_parameter, annotation=empty_parameter):
        self.name = name
        self.kind = kind
        self.default = default
        self.annotation = annotation

    def replace(self, **changes):
        return Parameter(
            changes.get("name", self.name),
            changes.get("kind", self.kind),
            default=changes.get("default", self.default),
            annotation=changes.get("annotation", self.annotation),
        )


_empty = Parameter.empty


class BoundArguments:
    def __init__(self, signature, arguments):
        self.signature = signature
        self.arguments = arguments

    def apply_defaults(self):
        filled = {}
        for name, each in self.signature.parameters.items():
            if name in self.arguments:
                filled[name] = self.arguments[name]
            elif each.default is not empty_parameter:
                filled[name] = each.default
            elif each.kind == 2:
                filled[name] = ()
            elif each.kind == 4:
                filled[name] = {}
        self.arguments = filled

    @property
    def args(self):
        made = []
        for name, each in self.signature.parameters.items():
            if each.kind in (0, 1) and name in self.arguments:
                made.append(self.arguments[name])
            elif each.kind == 2:
                made.extend(self.arguments.get(name, ()))
        return tuple(made)

    @property
    def kwargs(self):
        made = {}
        for name, each in self.signature.parameters.items():
            if each.kind == 3 and name in self.arguments:
                made[name] = self.arguments[name]
            elif each.kind == 4:
                made.update(self.arguments.get(name, {}))
        return made


class Signature:
    empty = Parameter.empty

    def __init__(self, parameters=None, *, return_annotation=empty_parameter):
        self.parameters = {each.name: each for each in parameters or ()}
        self.return_annotation = return_annotation

    def replace(self, *, parameters=None, return_annotation=None):
        return Signature(self.parameters.values() if parameters is None else parameters)

    def bind(self, *args, **kwargs):
        return self._bind(args, kwargs, False)

    def bind_partial(self, *args, **kwargs):
        return self._bind(args, kwargs, True)

    def _bind(self, args, kwargs, is_partial):
        rest, left, made = list(args), dict(kwargs), {}
        for name, each in self.parameters.items():
            if each.kind == 2:
                if rest:
                    made[name] = tuple(rest)
                rest = []
            elif each.kind == 4:
                if left:
                    made[name] = left
                left = {}
            elif rest and each.kind in (0, 1):
                if name in left:
                    raise TypeError("multiple values for argument '" + name + "'")
                made[name] = rest.pop(0)
            elif name in left:
                made[name] = left.pop(name)
            elif each.default is empty_parameter and not is_partial:
                raise TypeError("missing a required argument: '" + name + "'")
        if rest:
            raise TypeError("too many positional arguments")
        if left:
            raise TypeError("got an unexpected keyword argument '" + next(iter(left)) + "'")
        return BoundArguments(self, made)


def signature(obj, **kwargs):
    found = signature_parts(obj)
    if found is None:
        return unknown("the signature of something native")
    return Signature(
        [Parameter(each.name, _kinds[each.kind], default=each.default, annotation=each.annotation) for each in found.parameters.values()],
        return_annotation=found.return_annotation,
    )


def getmro(cls):
    return cls.__mro__


def isabstract(obj):
    return isclass(obj) and len(getattr(obj, "__abstractmethods__", ())) > 0


def isroutine(obj):
    return isfunction(obj) or ismethod(obj) or isbuiltin(obj)


def isfunction(obj):
    return isinstance(obj, native_class("function"))


def ismethod(obj):
    return isinstance(obj, native_class("method")) and isfunction(obj.__func__)


def isclass(obj):
    return isinstance(obj, type)


def ismodule(obj):
    return isinstance(obj, native_class("module"))


def isgenerator(obj):
    return isinstance(obj, native_class("generator"))


def isbuiltin(obj):
    return isinstance(obj, native_class("builtin_function_or_method"))


def callable_(obj):
    return isinstance(obj, abc_Callable)


FullArgSpec = namedtuple(
    "FullArgSpec", ["args", "varargs", "varkw", "defaults", "kwonlyargs", "kwonlydefaults", "annotations"]
)


def getfullargspec(fn):
    found = signature_parts(fn.__func__ if ismethod(fn) else fn)
    if found is None:
        return unknown("the signature of something native")
    params = list(found.parameters.values())
    named = [each for each in params if each.kind in (0, 1)]
    only = [each for each in params if each.kind == 3]
    return FullArgSpec(
        [each.name for each in named],
        next((each.name for each in params if each.kind == 2), None),
        next((each.name for each in params if each.kind == 4), None),
        tuple(each.default for each in named if each.default is not empty_parameter) or None,
        [each.name for each in only],
        {each.name: each.default for each in only if each.default is not empty_parameter} or None,
        {},
    )


def getsource(obj):
    text = file_text(obj.__file__) if ismodule(obj) else None
    return unknown("the source of an object") if text is None else text


def getmembers(obj, predicate=None):
    found = [(name, getattr(obj, name)) for name in dir(obj)]
    return [(name, value) for name, value in found if predicate is None or predicate(value)]


def stack():
    return unknown("the stack")


def currentframe():
    return sys._getframe()


def unwrap(fn):
    return fn


def cleandoc(text):
    return text


def getdoc(obj):
    return None
