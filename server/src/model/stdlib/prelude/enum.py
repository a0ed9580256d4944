from _ecocompute_std import Enum, IntEnum, StrEnum


class auto:
    pass


class Flag(IntEnum):
    pass


class IntFlag(IntEnum):
    pass


class EnumMeta(type):
    pass


EnumType = EnumMeta


def unique(cls):
    return cls


def nonmember(value):
    return value


def member(value):
    return value
