from collections import namedtuple
from _ecocompute_std import file_text, signature, empty_parameter, unknown, native_class, abc_Callable


class Parameter:
    POSITIONAL_ONLY = 0
    POSITIONAL_OR_KEYWORD = 1
    VAR_POSITIONAL = 2
    KEYWORD_ONLY = 3
    VAR_KEYWORD = 4
    empty = empty_parameter


_empty = Parameter.empty


class Signature:
    empty = Parameter.empty


def isfunction(obj):
    return isinstance(obj, native_class("function"))


def ismethod(obj):
    return isinstance(obj, native_class("method"))


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
    params = list(signature(fn.__func__ if ismethod(fn) else fn).parameters.values())
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
    return unknown("a frame")


def unwrap(fn):
    return fn


def cleandoc(text):
    return text


def getdoc(obj):
    return None
