from easydict import EasyDict
from _ecocompute_std import unknown


class ConfigDict(EasyDict):
    def __init__(self, initial_dictionary=None, type_safe=True):
        super().__init__(initial_dictionary)

    def lock(self):
        return self

    def unlock(self):
        return self

    def get(self, name, default=None):
        return self[name] if name in self else default


FrozenConfigDict = ConfigDict


def __getattr__(name):
    return unknown("package `ml_collections` was not found")
