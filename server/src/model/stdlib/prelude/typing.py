from _ecocompute_std import Generic, Protocol, NamedTuple, typing_name, unknown
from collections.abc import (
    Callable, Iterable, Iterator, Generator, Collection, Container, Sized, Hashable, Sequence, MutableSequence,
    MutableSet, Mapping, MutableMapping,
)
from collections import OrderedDict, Counter, deque as Deque, defaultdict as DefaultDict

TYPE_CHECKING = False
Any = typing_name("Any")
ClassVar = typing_name("ClassVar")
Final = typing_name("Final")
Annotated = typing_name("Annotated")
NoReturn = typing_name("NoReturn")
Never = typing_name("Never")
Self = typing_name("Self")
LiteralString = typing_name("LiteralString")
TypeAlias = typing_name("TypeAlias")
Required = typing_name("Required")
NotRequired = typing_name("NotRequired")
Unpack = typing_name("Unpack")
Concatenate = typing_name("Concatenate")
TypeGuard = typing_name("TypeGuard")
Text = str
AnyStr = str
List = list
Tuple = tuple
Dict = dict
Set = set
FrozenSet = frozenset
Type = type
AbstractSet = set
ContextManager = typing_name("ContextManager")
AsyncIterator = typing_name("AsyncIterator")
AsyncGenerator = typing_name("AsyncGenerator")
Awaitable = typing_name("Awaitable")
Coroutine = typing_name("Coroutine")
Reversible = typing_name("Reversible")
SupportsFloat = typing_name("SupportsFloat")
SupportsInt = typing_name("SupportsInt")
SupportsIndex = typing_name("SupportsIndex")
IO = typing_name("IO")
TextIO = typing_name("TextIO")
BinaryIO = typing_name("BinaryIO")
Pattern = typing_name("Pattern")
Match = typing_name("Match")
ForwardRef = typing_name("ForwardRef")


class TypedDict(dict):
    pass


def TypeVar(name, *args, **kwargs):
    return typing_name(name)


ParamSpec = TypeVar
TypeVarTuple = TypeVar


def NewType(name, base):
    return base


def cast(the_type, value):
    return value


def overload(fn):
    return fn


def final(fn):
    return fn


def override(fn):
    return fn


def no_type_check(fn):
    return fn


def runtime_checkable(cls):
    return cls


def dataclass_transform(*args, **kwargs):
    return lambda fn: fn


def deprecated(*args, **kwargs):
    return lambda fn: fn


def get_type_hints(obj, *args, **kwargs):
    return getattr(obj, "__annotations__", {})


class Literal:
    def __class_getitem__(cls, values):
        return type("Literal", (), {"__origin__": cls, "__args__": values if isinstance(values, tuple) else (values,)})


class Union:
    def __class_getitem__(cls, types):
        made = []
        for each in types if isinstance(types, tuple) else (types,):
            parts = each.__args__ if getattr(each, "__origin__", None) is Union else (each,)
            # Kinds of numpy are Python's here, so that others than None may be there twice.
            made.extend(part for part in parts if not (part is type(None) and part in made))
        return made[0] if len(made) == 1 else type("Union", (), {"__origin__": Union, "__args__": tuple(made)})


class Optional:
    def __class_getitem__(cls, the_type):
        return Union[type(None) if the_type is None else the_type, type(None)]


# Their subscripts are forgotten: `List[int]` is `list`.
_forgetful = (
    ClassVar, Final, Annotated, Required, NotRequired, Unpack, Concatenate, TypeGuard, list, tuple, dict, set,
    frozenset, type, Callable, Iterable, Iterator, Generator, Collection, Container, Sequence, MutableSequence, MutableSet,
    Mapping, MutableMapping, OrderedDict, Counter, Deque, DefaultDict,
)


def get_origin(the_type):
    if any(the_type is each for each in _forgetful):
        return unknown("what a type is made of")
    return getattr(the_type, "__origin__", None)


def get_args(the_type):
    if any(the_type is each for each in _forgetful):
        return unknown("what a type is made of")
    return getattr(the_type, "__args__", ())


def assert_never(value):
    raise AssertionError("reached")


def is_typeddict(the_type):
    return False
