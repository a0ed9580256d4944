from attr import (
    Attribute, Factory, NOTHING, asdict, astuple, define, evolve, exceptions, field, fields, frozen, has, mutable, validators,
)
