from easydict import EasyDict
from _ecocompute_std import unknown


class CfgNode(EasyDict):
    def __init__(self, init_dict=None, key_list=None, new_allowed=False):
        super().__init__(init_dict)

    def clone(self):
        made = CfgNode()
        for name, value in self.items():
            made[name] = value.clone() if isinstance(value, CfgNode) else value
        return made

    def freeze(self):
        return None

    def defrost(self):
        return None

    def merge_from_list(self, values):
        if len(values) > 0:
            return unknown("settings of a command line")
        return None

    def __setitem__(self, name, value):
        dict.__setitem__(self, name, value)


def __getattr__(name):
    return unknown("package `yacs` was not found")
