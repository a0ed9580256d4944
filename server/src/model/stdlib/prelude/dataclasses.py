from _ecocompute_std import dataclass, dataclass_of, field, fields, replace, typing_name, class_of

KW_ONLY = typing_name("KW_ONLY")
MISSING = typing_name("MISSING")
InitVar = typing_name("InitVar")
Field = typing_name("Field")


def is_dataclass(obj):
    return hasattr(obj, "__dataclass_fields__")


def asdict(obj, *, dict_factory=dict):
    def convert(value):
        if is_dataclass(value) and not isinstance(value, type):
            return asdict(value)
        if isinstance(value, dict):
            return {key: convert(each) for key, each in value.items()}
        if isinstance(value, (list, tuple)):
            return type(value)(convert(each) for each in value)
        return value

    return dict_factory([(each.name, convert(getattr(obj, each.name))) for each in fields(obj)])


def astuple(obj):
    return tuple(getattr(obj, each.name) for each in fields(obj))


class FrozenInstanceError(AttributeError):
    pass


def make_dataclass(cls_name, fields, *, bases=(), namespace=None, **options):
    return dataclass_of(cls_name, [(each,) if isinstance(each, str) else each for each in fields], bases, namespace or {}, options)
