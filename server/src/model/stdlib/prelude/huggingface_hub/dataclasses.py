"""Checks of a configuration's values; what they check is taken to hold."""
from dataclasses import field

from _ecocompute_std import unknown


def strict(cls=None, *, accept_kwargs=False):
    return cls if cls is not None else (lambda each: each)


def validated_field(validator=None, default=None, default_factory=None, **kwargs):
    return field(default_factory=default_factory) if default_factory is not None else field(default=default)


def as_validated_field(validator):
    return lambda **kwargs: validated_field(validator, **kwargs)


def __getattr__(name):
    return unknown("`huggingface_hub.dataclasses." + name + "`")
