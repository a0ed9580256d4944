"""Python that decides what a model is: metaclasses, dynamic classes, descriptors, recursion, closures, scopes."""
import abc
import collections
import contextlib
import dataclasses
import enum
import functools
import importlib
import inspect
import itertools
import operator
import re
import string
import sys
import types
import typing
import weakref

import torch
from torch import nn


def linear(*sizes):
    return nn.Sequential(*(nn.Linear(a, b) for a, b in itertools.pairwise(sizes)))


def metaclass_that_registers():
    registry = {}

    class Meta(type):
        def __new__(mcs, name, bases, space):
            cls = super().__new__(mcs, name, bases, space)
            registry[name.lower()] = cls
            return cls

    class Wide(nn.Linear, metaclass=Meta):
        def __init__(self):
            super().__init__(8, 32)

    return registry["wide"]()


def metaclass_that_changes_calls():
    class Meta(type):
        def __call__(cls, width):
            return super().__call__(width * 2)

    class Wide(nn.Linear, metaclass=Meta):
        def __init__(self, width):
            super().__init__(8, width)

    return Wide(8)


def class_made_by_type():
    def init(self):
        nn.Linear.__init__(self, 8, 3)

    return type("Made", (nn.Linear,), {"__init__": init})()


def class_made_by_new_class():
    return types.new_class("Made", (nn.Linear,))(8, 3)


def new_returns_other_class():
    class Choice(nn.Module):
        def __new__(cls, kind):
            return nn.Linear(8, 2) if kind == "small" else nn.Linear(8, 20)

    return Choice("small")


def init_subclass():
    class Base(nn.Module):
        width = 4

        def __init_subclass__(cls, width=8, **kwargs):
            super().__init_subclass__(**kwargs)
            cls.width = width

        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(8, self.width)

        def forward(self, x):
            return self.fc(x)

    class Net(Base, width=24):
        pass

    return Net()


def descriptor_builds_layers():
    class Layer:
        def __set_name__(self, owner, name):
            self.name = "_" + name

        def __get__(self, instance, owner=None):
            return instance._modules[self.name]

        def __set__(self, instance, value):
            instance.add_module(self.name, nn.Linear(8, value))

    class Net(nn.Module):
        fc = Layer()

        def __init__(self):
            super().__init__()
            self.fc = 5

        def forward(self, x):
            return self.fc(x)

    return Net()


def getattr_falls_back():
    class Wrap(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Linear(8, 3)

        def __getattr__(self, name):
            try:
                return super().__getattr__(name)
            except AttributeError:
                return getattr(self.inner, name)

        def forward(self, x):
            return x @ self.weight.t()

    return Wrap()


def setattr_overridden():
    class Net(nn.Module):
        def __setattr__(self, name, value):
            if isinstance(value, tuple):
                value = nn.Linear(*value)
            super().__setattr__(name, value)

        def __init__(self):
            super().__init__()
            self.fc = (8, 6)

        def forward(self, x):
            return self.fc(x)

    return Net()


def diamond():
    class Base(nn.Module):
        def __init__(self):
            super().__init__()
            self.base = nn.Linear(8, 8)

        def forward(self, x):
            return self.base(x)

    class Left(Base):
        def __init__(self):
            super().__init__()
            self.left = nn.Linear(8, 8)

        def forward(self, x):
            return self.left(super().forward(x))

    class Right(Base):
        def __init__(self):
            super().__init__()
            self.right = nn.Linear(8, 8)

        def forward(self, x):
            return self.right(super().forward(x))

    class Both(Left, Right):
        pass

    return Both()


def recursion_builds_tree():
    class Tree(nn.Module):
        def __init__(self, depth):
            super().__init__()
            self.fc = nn.Linear(8, 8)
            self.left = Tree(depth - 1) if depth else None
            self.right = Tree(depth - 1) if depth else None

        def forward(self, x):
            x = self.fc(x)
            return x if self.left is None else self.left(x) + self.right(x)

    return Tree(3)


def recursion_in_forward():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(8, 8)

        def forward(self, x, depth=4):
            return x if depth == 0 else self.forward(self.fc(x), depth - 1)

    return Net()


def late_bound_closures():
    layers = [nn.Linear(8, 8, bias=i % 2 == 0) for i in range(3)]
    calls = []
    for layer in layers:
        calls.append(lambda x: layer(x))

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList(layers)

        def forward(self, x):
            return sum(call(x) for call in calls)

    return Net()


def mutable_default():
    def collect(size, kept=[]):
        kept.append(size)
        return nn.Linear(8, sum(kept))

    collect(3)
    return collect(4)


def nonlocal_counter():
    total = 0

    def next_width():
        nonlocal total
        total += 4
        return total

    return linear(8, next_width(), next_width(), next_width())


def generator_with_send():
    def widths():
        width = 8
        while True:
            width = (yield width) or width + 1

    made = widths()
    first = next(made)
    second = made.send(12)
    return linear(first, second, next(made))


def generator_that_delegates():
    def inner():
        yield 8
        yield 4
        return 2

    def outer():
        last = yield from inner()
        yield last

    return linear(*outer())


def class_variable_counts():
    class Block(nn.Linear):
        made = 0

        def __init__(self):
            Block.made += 1
            super().__init__(8, 8 * Block.made)

        def forward(self, x):
            return super().forward(x)[:, :8]

    return nn.Sequential(Block(), Block(), Block())


def try_finally_overrides():
    def width():
        try:
            return 4
        finally:
            return 16

    return nn.Linear(8, width())


def exception_chooses():
    try:
        {}["missing"]
        width = 1
    except (KeyError, IndexError) as error:
        width = 5 + len(error.args)
    else:
        width = 100
    return nn.Linear(8, width)


def loop_else():
    for i in range(3):
        if i == 5:
            width = 1
            break
    else:
        width = 9
    return nn.Linear(8, width)


def match_statement():
    def width(config):
        match config:
            case {"kind": "small", "scale": int(scale)} if scale > 4:
                return 1
            case {"kind": "small", **rest}:
                return 2 + len(rest)
            case [first, *_, last]:
                return first + last
            case _:
                return 50

    return linear(8, width({"kind": "small", "scale": 3}), width([1, 2, 3]), width(None))


def enum_with_values():
    class Size(enum.IntEnum):
        SMALL = 4
        LARGE = enum.auto()

        @property
        def doubled(self):
            return self.value * 2

    return linear(8, Size.LARGE, Size["SMALL"].doubled, Size(4))


def dataclass_post_init():
    @dataclasses.dataclass
    class Config:
        width: int = 4
        depth: int = dataclasses.field(default=2, metadata={"help": "x"})
        hidden: int = dataclasses.field(init=False)
        extra: list = dataclasses.field(default_factory=lambda: [3])

        def __post_init__(self):
            self.hidden = self.width * self.depth

    config = dataclasses.replace(Config(), width=5)
    return linear(8, config.hidden, *config.extra, *dataclasses.astuple(Config(1))[:2])


def cached_property_and_lru_cache():
    class Net(nn.Module):
        @functools.cached_property
        def width(self):
            return 7

        @functools.lru_cache(maxsize=None)
        def times(self, n):
            return n * self.width

        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(8, self.times(2))

        def forward(self, x):
            return self.fc(x)

    return Net()


def cached_factory_shares():
    @functools.lru_cache
    def make(width):
        return nn.Linear(8, width)

    return nn.Sequential(make(8), make(8), make(3))


def single_dispatch():
    @functools.singledispatch
    def width(value):
        return 1

    @width.register
    def _(value: int):
        return value

    @width.register(list)
    def _(value):
        return len(value)

    return linear(8, width(3), width([1, 2]), width("a"))


def partial_as_class():
    layer = functools.partial(nn.Linear, bias=False)
    return nn.Sequential(layer(8, 4), functools.partial(layer, 4, bias=True)(2))


def reduce_and_operators():
    width = functools.reduce(operator.mul, [2, 3], 1) + operator.itemgetter("a")({"a": 2})
    return nn.Linear(8, width)


def exec_defines_layers():
    space = {"nn": nn}
    exec("def make(n):\n    return nn.Linear(8, n)\nlayer = make(3)", space)
    return space["layer"]


def eval_builds():
    return eval("nn.Linear(8, sum(range(4)))")


def class_from_string():
    return getattr(nn, "Lin" + "ear")(8, 2)


def import_by_name():
    return importlib.import_module("torch.nn").Linear(8, 2)


def class_from_globals():
    return globals()["linear"](8, 3)


def class_through_sys_modules():
    return sys.modules["torch"].nn.Linear(8, 3)


def signature_chooses_arguments():
    class Block(nn.Linear):
        def __init__(self, inp, out, use_bias=True):
            super().__init__(inp, out, use_bias)

    wanted = {"out": 4, "use_bias": False, "other": 1}
    names = inspect.signature(Block.__init__).parameters
    return Block(8, **{k: v for k, v in wanted.items() if k in names})


def annotations_choose_types():
    class Spec(typing.NamedTuple):
        width: int
        bias: bool = False

    hints = typing.get_type_hints(Spec)
    return nn.Linear(8, Spec(3).width + len(hints), Spec(3).bias)


def widths_from_text():
    plan = "c8-c16x2-p"
    sizes = [int(n) for n in re.findall(r"c(\d+)", plan)]
    repeat = int(re.search(r"x(\d)", plan)[1])
    template = string.Template("$a")
    return linear(sizes[0], *[sizes[1]] * repeat, int(template.substitute(a="5")), int(f"{3.7:.0f}"))


def integer_arithmetic():
    def divisible(v, by=8):
        new = max(by, int(v + by / 2) // by * by)
        return new + by if new < 0.9 * v else new

    return linear(8, divisible(35.2), round(2.5), round(3.5), -7 // 2 + 9, int(-2.7) + 5, 2**3 % 5, divmod(17, 5)[0])


def float_pitfalls():
    return linear(8, int(0.29 * 100), int(0.1 * 3 * 10), round(0.5) + 1, int(1e2 / 3), int(8 * 1.1 * 1.1))


def sets_and_dict_order():
    kept = dict.fromkeys(["b", "a", "b", "c"])
    merged = {"a": 3, **{"b": 4}} | {"a": 5}
    return linear(8, len(kept), len({1, 1.0, True}), *merged.values())


def chained_maps_and_counters():
    counts = collections.Counter("aabbb")
    chain = collections.ChainMap({"a": 2}, {"a": 9, "b": 4})
    ring = collections.deque([1, 2, 3], maxlen=2)
    return linear(8, counts["b"], chain["a"], chain["b"], sum(ring), counts.most_common(1)[0][1])


def default_dict_grows():
    table = collections.defaultdict(lambda: 3)
    table["a"] += 2
    return linear(8, table["a"], table["b"], len(table))


def context_manager_sets_width():
    state = {"width": 2}

    @contextlib.contextmanager
    def width(value):
        before, state["width"] = state["width"], value
        try:
            yield
        finally:
            state["width"] = before

    with width(7):
        first = nn.Linear(8, state["width"])
    return nn.Sequential(first, nn.Linear(7, state["width"]))


def suppressed_exception():
    made = []
    with contextlib.suppress(ValueError):
        made.append(3)
        int("x")
        made.append(4)
    return linear(8, *made, 2)


def exit_swallows():
    class Quiet:
        def __enter__(self):
            return [5]

        def __exit__(self, *args):
            return True

    with Quiet() as widths:
        widths.append(6)
        raise RuntimeError
    return linear(8, *widths)


def abstract_base():
    class Base(nn.Module, abc.ABC):
        @abc.abstractmethod
        def width(self):
            ...

        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(8, self.width())

        def forward(self, x):
            return self.fc(x)

    class Net(Base):
        def width(self):
            return 11

    return Net()


def weak_references():
    layer = nn.Linear(8, 8)
    ref = weakref.ref(layer)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.own = layer

        def forward(self, x):
            return ref()(self.own(x))

    return Net()


def star_arguments():
    def make(first, /, *rest, width=3, **more):
        return linear(first, *rest, width, *more.values())

    return make(8, *[5, 6], **{"width": 4, "x": 2})


def walrus_and_comprehension_scopes():
    last = 0
    sizes = [last := last + n for n in (8, 2, 3)]
    n = 4
    odd = [n for n in sizes if n % 2]
    return linear(*sizes, n, len(odd), last)


def slices_of_lists():
    sizes = list(range(1, 9))
    sizes[1:3] = [10, 20, 30]
    del sizes[::2]
    return linear(8, *sizes[::-1], *sizes[-2:])


def sorted_by_key():
    plan = [("b", 3), ("a", 5), ("c", 3)]
    ordered = sorted(plan, key=lambda each: (-each[1], each[0]), reverse=True)
    return linear(8, *(width for _, width in ordered), max(plan, key=lambda e: e[1])[1])


def integers_by_identity():
    a, b = [1], [1]
    return linear(8, 3 if a is b else 5, 3 if a == b else 5, 2 if not [] else 4)


def bool_is_int():
    return linear(8, True + True, sum([True, False, True]) + 1, isinstance(True, int) + 3)


def overloaded_operators():
    class Spec:
        def __init__(self, *widths):
            self.widths = widths

        def __add__(self, other):
            return Spec(*self.widths, *other.widths)

        def __radd__(self, other):
            return self

        def __mul__(self, n):
            return Spec(*self.widths * n)

        def __len__(self):
            return len(self.widths)

        def __bool__(self):
            return False

        def __getitem__(self, i):
            return self.widths[i]

        def __contains__(self, v):
            return v == 99

        def __index__(self):
            return 6

    total = sum([Spec(8), Spec(4) * 2])
    return linear(*total, 2 if total else 3, 7 if 99 in total else 1, [0] * len(total) and 5, range(10)[Spec()])


def tensors_equal_no_text():
    scale = torch.tensor((2.0,))
    width = 3 if scale == "learned" else 5
    width += 7 if scale != [2.0] else 0
    width += 1 if "learned" == scale or scale in [None, torch.float32] else 2
    return nn.Linear(8, width)


def iterator_protocol():
    class Count:
        def __init__(self):
            self.n = 8

        def __iter__(self):
            return self

        def __next__(self):
            self.n -= 2
            if self.n <= 0:
                raise StopIteration
            return self.n

    return linear(8, *Count())


def zip_strict_and_enumerate():
    made = list(zip([8, 4, 2], [4, 2, 1, 9]))
    return nn.Sequential(*(nn.Linear(a, b, bias=bool(i % 2)) for i, (a, b) in enumerate(made, 1)))


x = lambda: [torch.ones(2, 8)]
READS_VALUES = True
class Listed(nn.Module):
    classes = {}

    def __init_subclass__(cls, width=None, **kwargs):
        super().__init_subclass__(**kwargs)
        Listed.classes[cls.__name__] = cls
        if width is not None:
            cls.width = width

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, self.width)

    def forward(self, x):
        return self.fc(x)


def class_made_by_type_and_listed():
    made = type("Made", (Listed,), {"width": 3}, width=5)
    return nn.Sequential(made(), nn.ReLU()) if Listed.classes.get("Made") is made else nn.Identity()


class Generic(typing.Generic[typing.TypeVar("T")], nn.Module):
    def __class_getitem__(cls, item):
        made = super().__class_getitem__(item)
        return made

    def __init__(self, width):
        super().__init__()
        self.fc = nn.Linear(8, width)

    def forward(self, x):
        return self.fc(x)


def subscript_that_is_passed_on():
    return Generic[int](6)


class Pairs(typing.NamedTuple):
    first: torch.Tensor
    second: typing.Optional[torch.Tensor] = None
    width: int = 3


def named_tuple_matched_by_position():
    class Net(Listed):
        width = 8

        def forward(self, x):
            match Pairs(x, self.fc(x)):
                case Pairs(first, None):
                    return first
                case Pairs(first, second, width) if width > 2:
                    return torch.cat([first, second], 1)[:, :width]
                case _:
                    return None

    return Net()


class Sized(collections.namedtuple("Sized", "width depth")):
    __slots__ = ()

    def __new__(cls, width, depth=2):
        return super().__new__(cls, width, depth=depth)

    def wider(self, by):
        return self._replace(width=self.width + by)


def named_tuple_given_too_much():
    width = Sized(3).wider(1).width + Sized(*[1, 2]).depth
    calls = (
        lambda: Pairs(1, 2, 3, 4), lambda: Pairs(1, third=2), lambda: Pairs(1, first=2), lambda: Pairs(),
        lambda: Pairs(1)._replace(third=2), lambda: Sized._make([1, 2])._replace(depth=3),
    )
    for call in calls:
        try:
            call()
            width += 10
        except (TypeError, ValueError):
            width += 1
    return nn.Linear(8, width)


MODELS = {
    f"{build.__name__}()": (build, x)
    for build in (
        metaclass_that_registers,
        metaclass_that_changes_calls,
        class_made_by_type,
        class_made_by_type_and_listed,
        subscript_that_is_passed_on,
        named_tuple_matched_by_position,
        named_tuple_given_too_much,
        class_made_by_new_class,
        new_returns_other_class,
        init_subclass,
        descriptor_builds_layers,
        getattr_falls_back,
        setattr_overridden,
        diamond,
        recursion_builds_tree,
        recursion_in_forward,
        late_bound_closures,
        mutable_default,
        nonlocal_counter,
        generator_with_send,
        generator_that_delegates,
        class_variable_counts,
        try_finally_overrides,
        exception_chooses,
        loop_else,
        match_statement,
        enum_with_values,
        dataclass_post_init,
        cached_property_and_lru_cache,
        cached_factory_shares,
        single_dispatch,
        partial_as_class,
        reduce_and_operators,
        exec_defines_layers,
        eval_builds,
        class_from_string,
        import_by_name,
        class_from_globals,
        class_through_sys_modules,
        signature_chooses_arguments,
        annotations_choose_types,
        widths_from_text,
        integer_arithmetic,
        float_pitfalls,
        sets_and_dict_order,
        chained_maps_and_counters,
        default_dict_grows,
        context_manager_sets_width,
        suppressed_exception,
        exit_swallows,
        abstract_base,
        weak_references,
        star_arguments,
        walrus_and_comprehension_scopes,
        slices_of_lists,
        sorted_by_key,
        integers_by_identity,
        bool_is_int,
        overloaded_operators,
        tensors_equal_no_text,
        iterator_protocol,
        zip_strict_and_enumerate,
    )
}
