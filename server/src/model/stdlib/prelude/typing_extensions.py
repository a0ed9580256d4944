"""What it adds for old versions of Python is the same as in `typing` itself."""
from typing import (
    Generic, Protocol, NamedTuple, Callable, Iterable, Iterator, Generator, Collection, Container, Sized, Hashable,
    Sequence, MutableSequence, MutableSet, Mapping, MutableMapping, OrderedDict, Counter, Deque, DefaultDict, TYPE_CHECKING,
    Any, Optional, Union, ClassVar, Final, Annotated, NoReturn, Never, Self, LiteralString, TypeAlias, Required,
    NotRequired, Unpack, Concatenate, TypeGuard, Text, AnyStr, List, Tuple, Dict, Set, FrozenSet, Type, AbstractSet,
    ContextManager, AsyncIterator, AsyncGenerator, Awaitable, Coroutine, Reversible, SupportsFloat, SupportsInt,
    SupportsIndex, IO, TextIO, BinaryIO, Pattern, Match, ForwardRef, TypedDict, TypeVar, ParamSpec, TypeVarTuple, NewType,
    cast, overload, final, override, no_type_check, runtime_checkable, dataclass_transform, deprecated, get_type_hints,
    Literal, get_origin, get_args, assert_never, is_typeddict,
)
