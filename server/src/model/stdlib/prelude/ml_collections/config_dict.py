from . import ConfigDict, FrozenConfigDict, placeholder


def create(**kwargs):
    return ConfigDict(kwargs)
