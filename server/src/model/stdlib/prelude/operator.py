

add = lambda a, b: a + b
sub = lambda a, b: a - b
mul = lambda a, b: a * b
truediv = lambda a, b: a / b
floordiv = lambda a, b: a // b
mod = lambda a, b: a % b
pow = lambda a, b: a**b
matmul = lambda a, b: a @ b
neg = lambda a: -a
pos = lambda a: +a
invert = lambda a: ~a
not_ = lambda a: not a
and_ = lambda a, b: a & b
or_ = lambda a, b: a | b
xor = lambda a, b: a ^ b
eq = lambda a, b: a == b
ne = lambda a, b: a != b
lt = lambda a, b: a < b
le = lambda a, b: a <= b
gt = lambda a, b: a > b
ge = lambda a, b: a >= b
is_ = lambda a, b: a is b
is_not = lambda a, b: a is not b
contains = lambda a, b: b in a
getitem = lambda a, b: a[b]
truth = lambda a: bool(a)
concat = lambda a, b: a + b
lshift = lambda a, b: a << b
rshift = lambda a, b: a >> b
inv = invert


def abs(a):
    return -a if a < 0 else a


def countOf(a, b):
    return sum(1 for each in a if each == b)


def indexOf(a, b):
    for i, each in enumerate(a):
        if each == b:
            return i
    raise ValueError("sequence.index(x): x not in sequence")


def length_hint(obj, default=0):
    return len(obj) if hasattr(obj, "__len__") else default


def index(a):
    return a.__index__() if hasattr(a, "__index__") else int(a)


def setitem(a, b, c):
    a[b] = c


def delitem(a, b):
    del a[b]


def iadd(a, b):
    a += b
    return a


def imul(a, b):
    a *= b
    return a


def itemgetter(*items):
    if len(items) == 1:
        return lambda obj: obj[items[0]]
    return lambda obj: tuple(obj[item] for item in items)


def attrgetter(*names):
    def read(obj, name):
        for part in name.split("."):
            obj = getattr(obj, part)
        return obj

    if len(names) == 1:
        return lambda obj: read(obj, names[0])
    return lambda obj: tuple(read(obj, name) for name in names)


def methodcaller(name, *args, **kwargs):
    return lambda obj: getattr(obj, name)(*args, **kwargs)
