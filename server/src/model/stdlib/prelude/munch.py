from easydict import EasyDict
from _ecocompute_std import unknown


class Munch(EasyDict):
    @classmethod
    def fromDict(cls, d):
        return munchify(d)

    def toDict(self):
        return unmunchify(self)

    def copy(self):
        return Munch.fromDict(self)


DefaultMunch = Munch


def munchify(x):
    if isinstance(x, dict):
        made = Munch()
        for name, value in x.items():
            dict.__setitem__(made, name, munchify(value))
        return made
    return type(x)([munchify(each) for each in x]) if isinstance(x, (list, tuple)) else x


def unmunchify(x):
    if isinstance(x, dict):
        return {name: unmunchify(value) for name, value in x.items()}
    return type(x)([unmunchify(each) for each in x]) if isinstance(x, (list, tuple)) else x


def __getattr__(name):
    return unknown("`munch." + name + "`")
