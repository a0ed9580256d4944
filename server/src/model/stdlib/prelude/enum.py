from _ecocompute_std import Enum, IntEnum, StrEnum


class auto:
    def __init__(self, op=None, left=None, right=None):
        if op is not None:
            self._op, self._left, self._right = op, left, right

    def __or__(self, other):
        return auto("|", self, other)

    def __ror__(self, other):
        return auto("|", other, self)

    def __and__(self, other):
        return auto("&", self, other)

    def __xor__(self, other):
        return auto("^", self, other)


def _bits(flag):
    return flag._value_ if isinstance(flag, Enum) else flag


class Flag(Enum):
    def __or__(self, other):
        return type(self)(self._value_ | _bits(other))

    def __and__(self, other):
        return type(self)(self._value_ & _bits(other))

    def __xor__(self, other):
        return type(self)(self._value_ ^ _bits(other))

    def __invert__(self):
        every = 0
        for each in type(self):
            every |= each._value_
        return type(self)(every & ~self._value_)

    def __contains__(self, other):
        return other._value_ & self._value_ == other._value_

    def __bool__(self):
        return self._value_ != 0

    __ror__ = __or__
    __rand__ = __and__
    __rxor__ = __xor__


class IntFlag(int, Flag):
    pass


class EnumMeta(type):
    pass


EnumType = EnumMeta


class ReprEnum(Enum):
    pass


def unique(cls):
    return cls


def nonmember(value):
    return value


def member(value):
    return value
