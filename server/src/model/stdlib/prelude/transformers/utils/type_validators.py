"""Fields of configurations that are checked; what is checked is taken to hold."""
from huggingface_hub.dataclasses import validated_field

from _ecocompute_std import unknown


def interval(*args, **kwargs):
    return lambda **given: validated_field(**given)


def probability(**given):
    return validated_field(**given)


def positive_int_field(**given):
    return validated_field(**given)


def activation_fn_key(**given):
    return validated_field(**given)


def __getattr__(name):
    return unknown("`transformers.utils.type_validators." + name + "`")
