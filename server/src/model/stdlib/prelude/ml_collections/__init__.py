from easydict import EasyDict
from _ecocompute_std import unknown


class ConfigDict(EasyDict):
    def __init__(self, initial_dictionary=None, type_safe=True, **kwargs):
        self.__dict__["_locked"] = False
        for name, value in {**(initial_dictionary or {}), **kwargs}.items():
            self[name] = value

    def __setitem__(self, name, value):
        if self.__dict__["_locked"] and name not in self:
            raise KeyError("Key \"" + str(name) + "\" does not exist and cannot be added since the config is locked.")
        is_plain = isinstance(value, dict) and not isinstance(value, ConfigDict)
        dict.__setitem__(self, name, ConfigDict(value) if is_plain else value)

    def __setattr__(self, name, value):
        if self.__dict__["_locked"] and name not in self:
            raise AttributeError("Key \"" + name + "\" does not exist and cannot be added since the config is locked.")
        self[name] = value

    def __delattr__(self, name):
        del self[name]

    def _lock(self, is_locked):
        self.__dict__["_locked"] = is_locked
        for value in self.values():
            if isinstance(value, ConfigDict):
                value._lock(is_locked)
        return self

    def lock(self):
        return self._lock(True)

    def unlock(self):
        return self._lock(False)

    @property
    def is_locked(self):
        return self.__dict__["_locked"]

    def unlocked(self):
        from contextlib import nullcontext

        self.unlock()
        return nullcontext()

    def get(self, name, default=None):
        return self[name] if name in self else default

    def to_dict(self):
        return {name: value.to_dict() if isinstance(value, ConfigDict) else value for name, value in self.items()}

    def copy_and_resolve_references(self):
        return ConfigDict(self.to_dict())

    def update(self, *others, **kwargs):
        for other in others + (kwargs,):
            for name, value in other.items():
                if isinstance(value, dict) and isinstance(self.get(name), ConfigDict):
                    self[name].update(value)
                else:
                    self[name] = value


FrozenConfigDict = ConfigDict


def placeholder(field_type, required=False):
    return None


def __getattr__(name):
    return unknown("package `ml_collections` was not found")
