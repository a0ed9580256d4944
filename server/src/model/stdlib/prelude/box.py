"""Stands in for a dictionary whose keys are attributes too."""
from _ecocompute_std import unknown


class BoxKeyError(KeyError, AttributeError):
    pass


class BoxList(list):
    pass


class Box(dict):
    def __init__(self, *args, default_box=False, frozen_box=False, box_dots=False, **kwargs):
        self.__dict__["_default"] = default_box
        for name, value in dict(*args, **kwargs).items():
            self[name] = value

    def _wrapped(self, value):
        if isinstance(value, dict) and not isinstance(value, Box):
            return Box(value, default_box=self.__dict__["_default"])
        if isinstance(value, (list, tuple)):
            return BoxList([self._wrapped(each) for each in value])
        return value

    def __setitem__(self, name, value):
        dict.__setitem__(self, name, self._wrapped(value))

    def __setattr__(self, name, value):
        self[name] = value

    def __delattr__(self, name):
        del self[name]

    def __getitem__(self, name):
        if name in self:
            return dict.__getitem__(self, name)
        if self.__dict__["_default"]:
            self[name] = Box(default_box=True)
            return dict.__getitem__(self, name)
        raise BoxKeyError("'" + str(name) + "'")

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self[name]

    def update(self, *args, **kwargs):
        for name, value in dict(*args, **kwargs).items():
            self[name] = value

    def merge_update(self, *args, **kwargs):
        for name, value in dict(*args, **kwargs).items():
            if isinstance(value, dict) and isinstance(self.get(name), Box):
                self[name].merge_update(value)
            else:
                self[name] = value

    def to_dict(self):
        return {name: value.to_dict() if isinstance(value, Box) else list(value) if isinstance(value, BoxList) else value for name, value in self.items()}

    def copy(self):
        return Box(self.to_dict())

    @classmethod
    def from_yaml(cls, yaml_string=None, filename=None, **kwargs):
        import yaml

        return cls(yaml.safe_load(open(filename) if yaml_string is None else yaml_string))

    @classmethod
    def from_json(cls, json_string=None, filename=None, **kwargs):
        import json

        return cls(json.load(open(filename)) if json_string is None else json.loads(json_string))


ConfigBox = SBox = Box


def __getattr__(name):
    return unknown("`box." + name + "`")
