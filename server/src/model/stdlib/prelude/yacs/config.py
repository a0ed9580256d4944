from easydict import EasyDict
from _ecocompute_std import parse_yaml, unknown


def _copied(value):
    return value.clone() if isinstance(value, CfgNode) else list(value) if isinstance(value, list) else value


class CfgNode(EasyDict):
    def __init__(self, init_dict=None, key_list=None, new_allowed=False):
        self.__dict__["_frozen"] = False
        self.__dict__["_new_allowed"] = new_allowed
        for name, value in (init_dict or {}).items():
            dict.__setitem__(self, name, CfgNode(value) if isinstance(value, dict) and not isinstance(value, CfgNode) else value)

    def clone(self):
        made = CfgNode(new_allowed=self.__dict__["_new_allowed"])
        for name, value in self.items():
            dict.__setitem__(made, name, _copied(value))
        return made

    def __deepcopy__(self, memo):
        return self.clone()

    def freeze(self):
        self._freeze(True)

    def defrost(self):
        self._freeze(False)

    def _freeze(self, is_frozen):
        self.__dict__["_frozen"] = is_frozen
        for value in self.values():
            if isinstance(value, CfgNode):
                value._freeze(is_frozen)

    def is_frozen(self):
        return self.__dict__["_frozen"]

    def is_new_allowed(self):
        return self.__dict__["_new_allowed"]

    def set_new_allowed(self, is_new_allowed):
        self.__dict__["_new_allowed"] = is_new_allowed
        for value in self.values():
            if isinstance(value, CfgNode):
                value.set_new_allowed(is_new_allowed)

    def __setattr__(self, name, value):
        if self.__dict__["_frozen"]:
            raise AttributeError("Attempted to set " + name + " to " + str(value) + ", but CfgNode is immutable")
        self[name] = value

    def __setitem__(self, name, value):
        dict.__setitem__(self, name, value)

    def merge_from_other_cfg(self, cfg_other):
        self._merge(cfg_other, [])

    def _merge(self, other, path):
        for name, value in other.items():
            if name not in self:
                if not self.__dict__["_new_allowed"]:
                    raise KeyError("Non-existent config key: " + ".".join(path + [name]))
                dict.__setitem__(self, name, CfgNode(value) if isinstance(value, dict) else value)
            elif isinstance(self[name], CfgNode) and isinstance(value, dict):
                self[name]._merge(value, path + [name])
            else:
                own = self[name]
                value = tuple(value) if isinstance(own, tuple) and isinstance(value, list) else value
                value = list(value) if isinstance(own, list) and isinstance(value, tuple) else value
                dict.__setitem__(self, name, CfgNode(value) if isinstance(value, dict) else _read(value))

    def merge_from_file(self, cfg_filename, allow_unsafe=False):
        with open(cfg_filename) as stream:
            loaded = parse_yaml(stream.read())
        base = loaded.pop("_BASE_", None)
        if base is not None:
            import os

            self.merge_from_file(os.path.join(os.path.dirname(cfg_filename), base))
        self._merge(CfgNode(loaded), [])

    def merge_from_list(self, cfg_list):
        if len(cfg_list) % 2 != 0:
            raise AssertionError("Override list has odd length: " + str(cfg_list) + "; it must be a list of pairs")
        for at in range(0, len(cfg_list), 2):
            parts = cfg_list[at].split(".")
            node = self
            for part in parts[:-1]:
                if part not in node:
                    raise AssertionError("Non-existent key: " + cfg_list[at])
                node = node[part]
            node._merge({parts[-1]: cfg_list[at + 1]}, parts[:-1])

    def dump(self, **kwargs):
        return unknown("the text of a configuration")

    @classmethod
    def load_cfg(cls, cfg_file_obj_or_str):
        text = cfg_file_obj_or_str if isinstance(cfg_file_obj_or_str, str) else cfg_file_obj_or_str.read()
        return cls(parse_yaml(text))


def _read(value):
    """Texts of a command line or a file stand for what they say."""
    if not isinstance(value, str):
        return value
    from ast import literal_eval

    try:
        return literal_eval(value)
    except (ValueError, SyntaxError):
        return value


load_cfg = CfgNode.load_cfg


def __getattr__(name):
    return unknown("package `yacs` was not found")
