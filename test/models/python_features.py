"""Python that model code uses to compute its sizes: each layer's width comes out of one construct."""
import abc
import copy
import enum
import functools
import itertools
import math
import operator
import re
from collections import OrderedDict, defaultdict, namedtuple
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

import torch
from torch import nn, Tensor


class Size(enum.Enum):
    SMALL = 8
    LARGE = enum.auto()

    @property
    def width(self) -> int:
        return {"SMALL": 11, "LARGE": 23}[self.name]


class Kind(str, enum.Enum):
    CONV = "conv"
    LINEAR = "linear"


Stage = namedtuple("Stage", "width depth", defaults=(2,))


class Spec(NamedTuple):
    a: int
    b: int = 5

    def total(self):
        return self.a * 10 + self.b


@dataclass(frozen=True)
class Config:
    widths: List[int] = field(default_factory=lambda: [3, 5])
    scale: float = 1.5
    kind: Kind = Kind.LINEAR
    extra: Optional[int] = None

    def __post_init__(self):
        object.__setattr__(self, "doubled", [2 * w for w in self.widths])


REGISTRY: Dict[str, Callable[..., nn.Module]] = {}


def register(name=None, **defaults):
    def decorator(fn):
        @functools.wraps(fn)
        def wrapper(*args, **kwargs):
            return fn(*args, **{**defaults, **kwargs})

        REGISTRY[name or fn.__name__] = wrapper
        return wrapper

    return decorator


@register("mlp", hidden=13)
def make_mlp(dim, *, hidden, act=nn.ReLU):
    return nn.Sequential(nn.Linear(dim, hidden), act(), nn.Linear(hidden, dim))


def make_divisible(v, divisor=8, min_value=None):
    min_value = min_value or divisor
    new_v = max(min_value, int(v + divisor / 2) // divisor * divisor)
    return new_v + divisor if new_v < 0.9 * v else new_v


def fibonacci():
    a, b = 1, 2
    while True:
        yield a
        a, b = b, a + b


@contextmanager
def widened(holder, by):
    before = holder["width"]
    holder["width"] += by
    try:
        yield holder
    finally:
        holder["width"] = before


class Meta(abc.ABC):
    count = 0

    def __init_subclass__(cls, bonus=0, **kwargs):
        super().__init_subclass__(**kwargs)
        cls.bonus = bonus

    @abc.abstractmethod
    def width(self): ...


class Ladder(Meta, bonus=4):
    _step = 3

    @classmethod
    def create(cls, n):
        made = cls()
        made.n = n
        return made

    @staticmethod
    def base():
        return 2

    @functools.cached_property
    def expensive(self):
        Ladder.count += 1
        return self.n * self._step

    def width(self):
        return self.expensive + self.expensive - self.expensive + self.base() + self.bonus

    def __getattr__(self, name):
        if name.startswith("size_"):
            return int(name[5:])
        raise AttributeError(name)

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        if i >= self.n:
            raise IndexError(i)
        return i * 2 + 1

    def __call__(self, x):
        return x + self.n


def widths() -> List[int]:
    out = []
    out.append(Size(8).width)  # 11
    out.append(Size["LARGE"].width)  # 23
    out.append(Spec(1).total())  # 15
    out.append(Spec(b=2, a=1)._replace(a=2).total())  # 22
    s = Stage(7)
    out.append(s.width * s.depth + len(s))  # 16
    config = replace(Config(), extra=4)
    out.append(sum(config.doubled) + (config.extra or 0))  # 20
    out.append(make_divisible(37 * config.scale))  # 56
    out.extend(itertools.islice((f for f in fibonacci() if f % 2), 3))  # 1 3 5
    holder = {"width": 6}
    with widened(holder, by=3) as h:
        out.append(h["width"])  # 9
    out.append(holder["width"])  # 6
    ladder = Ladder.create(4)
    out.append(ladder.width() + Ladder.count)  # 19
    out.append(ladder.size_21)  # 21
    out.append(sum(ladder) + len(ladder) + ladder(2))  # 16 + 4 + 6
    out.append(int(re.sub(r"[a-z]+(\d)_(\d)", r"\2\1", "ab1_2")))  # 21
    out.append(int("%d%02d" % (1, 2)) + int("{:>3}{x}".format(7, x=1)))  # 102 + 71
    out.append(int(f"{3.7:.0f}{len('ab'):02d}"))  # 402
    first, *middle, last = range(6)
    out.append(first + sum(middle) + last * 2)  # 20
    out.append([*map(operator.add, (1, 2), (3, 4))][-1])  # 6
    counts = defaultdict(lambda: 2)
    for c in "hello":
        counts[c] += 1
    out.append(counts["l"] + counts["z"])  # 6
    out.append(functools.reduce(lambda a, b: a * b, [1, 2, 3, 4]))  # 24
    nested = {k: {**v, "n": n} for n, (k, v) in enumerate({"a": {"x": 1}, "b": {"x": 5}}.items())}
    out.append(nested["b"]["x"] + nested["b"]["n"])  # 6
    out.append((lambda *a, k=1, **kw: len(a) * k + len(kw))(1, 2, k=5, z=0))  # 11
    try:
        [][1]
    except (KeyError, IndexError) as error:
        out.append(7 if isinstance(error, LookupError) else 1)  # 7
    else:
        out.append(1)
    finally:
        out.append(2)
    total = 0
    for i in range(10):
        if i == 2:
            continue
        if i == 5:
            break
        total += i
    else:
        total = 100
    out.append(total)  # 8
    while (n := len(out)) < 30:
        out.append(n % 5 + 1)
    out.append(math.ceil(2.1) + math.floor(-0.5) + round(2.5) + 7 // -2 + (-7) % 3 + 5)  # 3 - 1 + 2 - 4 + 2 + 5
    out.append(int(1e1) + int("0x10", 16) + (1 << 3) + (6 & 3) + (4 | 1) + (7 ^ 2))  # 46
    out.append("abcdef"[::-1].index("b") + "a,b,,c".split(",").count("") + len("x".join("abc")))  # 10
    out.append(sorted([(2, "b"), (1, "z"), (2, "a")], key=lambda t: (-t[0], t[1]))[0][0])  # 2
    x = y = [1, 2]
    x += [3]
    out.append(len(y))  # 3
    z = copy.deepcopy(y)
    z.append(4)
    out.append(len(y) + len(z))  # 7
    out.append(len({1, 2, 2, True}) + (0 if None else 3))  # 5
    return out


class Features(nn.Module):
    def __init__(self):
        super().__init__()
        self.widths = widths()
        self.layers = nn.ModuleList(nn.Linear(2, w) for w in self.widths)
        self.mlp = REGISTRY["mlp"](2)
        self.shared = nn.ParameterDict({"a": nn.Parameter(torch.zeros(3)), "b": nn.Parameter(torch.zeros(4))})
        self.extra = nn.ParameterList([nn.Parameter(torch.zeros(i + 1)) for i in range(3)])
        self.forward_calls = 0
        setattr(self, "bilinear", nn.Bilinear(2, 3, 4))
        self.seq = nn.Sequential(OrderedDict(a=nn.Identity(), b=nn.Linear(2, 2)))
        self.seq.add_module("c", nn.Linear(2, 2))
        self.first_two = self.seq[:2]
        self.register_buffer("steps", torch.arange(4), persistent=False)
        self.handle = self.mlp.register_forward_hook(lambda module, args, output: output * 2)

    @property
    def depth(self):
        return len(self.layers)

    def forward(self, x: Tensor) -> Tuple[Tensor, Dict[str, Any]]:
        x = self.mlp(x)
        outs = [layer(x) for layer in self.layers if layer.out_features % 2 == 0]
        del self.handle
        x = self.first_two(x)
        y = torch.cat(outs, dim=-1)
        return y, {"x": x, "shapes": [o.shape[-1] for o in outs], "z": self.seq(x)[..., None]}


MODELS = {"Features()": (lambda: Features(), lambda: [torch.zeros(5, 2)])}
