from _ecocompute_std import native_class

FunctionType = native_class("function")
LambdaType = FunctionType
MethodType = native_class("method")
BuiltinFunctionType = native_class("builtin_function_or_method")
ModuleType = native_class("module")
GeneratorType = native_class("generator")
NoneType = type(None)
EllipsisType = type(...)
UnionType = tuple
GenericAlias = type
TracebackType = type
CodeType = type


class SimpleNamespace:
    def __init__(self, **kwargs):
        for name, value in kwargs.items():
            setattr(self, name, value)

    def __eq__(self, other):
        return self.__dict__ == other.__dict__ if isinstance(other, SimpleNamespace) else NotImplemented

    def __repr__(self):
        return "namespace(" + ", ".join(f"{name}={value!r}" for name, value in self.__dict__.items()) + ")"


def new_class(name, bases=(), kwds=None, exec_body=None):
    space = {}
    if exec_body is not None:
        exec_body(space)
    return type(name, tuple(bases), space)


def MappingProxyType(mapping):
    return mapping


class DynamicClassAttribute(property):
    pass
