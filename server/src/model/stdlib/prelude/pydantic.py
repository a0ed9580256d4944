"""Models of plain data: fields by annotation, defaults, nested models."""
from _ecocompute import note
from _ecocompute_std import annotations_of, is_known, unknown
import copy


class ValidationError(ValueError):
    pass


class _Field:
    def __init__(self, default=..., *, default_factory=None, alias=None, **kwargs):
        self.default = default
        self.default_factory = default_factory
        self.alias = alias


def Field(default=..., **kwargs):
    return _Field(default, **kwargs)


PrivateAttr = Field
ConfigDict = dict
Extra = type("Extra", (), {"allow": "allow", "forbid": "forbid", "ignore": "ignore"})


def _checks(*args, **kwargs):
    def decorate(fn):
        function = fn.__func__ if isinstance(fn, classmethod) else fn
        function._checks = True
        return fn

    return decorate


validator = root_validator = field_validator = model_validator = field_serializer = computed_field = _checks


def validate_arguments(fn=None, **kwargs):
    return (lambda given: given) if fn is None else fn


validate_call = validate_arguments


def _has_checks(cls):
    return any([getattr(value, "_checks", False) for base in cls.__mro__ for value in base.__dict__.values()])


def _fitting(value, kind):
    if is_known(kind) and isinstance(kind, type) and isinstance(value, dict) and issubclass(kind, BaseModel):
        return kind(**value)
    if is_known(kind) and kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if is_known(kind) and kind is int and isinstance(value, str):
        return int(value)
    return value


class BaseModel:
    def __init__(self, **data):
        if _has_checks(self.__class__):
            note("`" + self.__class__.__name__ + "`", "its validators are not run")
        kinds = annotations_of(self.__class__)
        for name, kind in kinds.items():
            if name.startswith("_") or name in ("model_config",):
                continue
            field = getattr(self.__class__, name, ...)
            spec = field if isinstance(field, _Field) else None
            key = spec.alias if spec is not None and spec.alias is not None and spec.alias in data else name
            if key in data:
                object.__setattr__(self, name, _fitting(data.pop(key), kind))
            elif spec is not None and spec.default_factory is not None:
                object.__setattr__(self, name, spec.default_factory())
            else:
                default = field if spec is None else spec.default
                if default is ...:
                    raise ValidationError("1 validation error for " + self.__class__.__name__ + "\n" + name + "\n  Field required")
                object.__setattr__(self, name, copy.deepcopy(default))
        for name, value in data.items():
            if self._extra() == "forbid":
                raise ValidationError("1 validation error for " + self.__class__.__name__ + "\n" + name + "\n  Extra inputs are not permitted")
            if self._extra() == "allow":
                object.__setattr__(self, name, value)
        self.model_post_init(None)

    def model_post_init(self, context):
        return None

    @classmethod
    def _extra(cls):
        config = getattr(cls, "model_config", None)
        if config is not None:
            return config.get("extra", "ignore")
        return getattr(getattr(cls, "Config", None), "extra", "ignore")

    def model_dump(self, **kwargs):
        return {name: _plain(value) for name, value in self.__dict__.items() if name not in (kwargs.get("exclude") or ())}

    def dict(self, **kwargs):
        return self.model_dump(**kwargs)

    def model_copy(self, update=None, deep=False):
        made = copy.deepcopy(self) if deep else copy.copy(self)
        for name, value in (update or {}).items():
            object.__setattr__(made, name, value)
        return made

    def copy(self, update=None, deep=False, **kwargs):
        return self.model_copy(update, deep)

    @classmethod
    def model_validate(cls, obj, **kwargs):
        return obj if isinstance(obj, cls) else cls(**obj)

    parse_obj = model_validate

    @classmethod
    def model_construct(cls, **values):
        return cls(**values)

    construct = model_construct

    @classmethod
    def model_validate_json(cls, text, **kwargs):
        import json

        return cls(**json.loads(text))

    parse_raw = model_validate_json

    def __eq__(self, other):
        return self.__class__ is other.__class__ and self.__dict__ == other.__dict__

    def __iter__(self):
        return iter(self.__dict__.items())

    def __repr__(self):
        return self.__class__.__name__ + "(" + ", ".join(name + "=" + repr(value) for name, value in self.__dict__.items()) + ")"

    def __str__(self):
        return " ".join(name + "=" + repr(value) for name, value in self.__dict__.items())


def _plain(value):
    if isinstance(value, BaseModel):
        return value.model_dump()
    if isinstance(value, (list, tuple)):
        return type(value)([_plain(each) for each in value])
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return value


class BaseSettings(BaseModel):
    pass


def __getattr__(name):
    return unknown("`pydantic." + name + "`")
