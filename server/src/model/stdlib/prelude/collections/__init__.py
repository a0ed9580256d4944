from _ecocompute_std import OrderedDict, defaultdict, Counter, copy, namedtuple, payload
from . import abc


class deque(list):
    def __init__(self, iterable=(), maxlen=None):
        self.maxlen = maxlen
        self.extend(iterable)

    def append(self, item):
        list.append(self, item)
        if self.maxlen is not None and len(self) > self.maxlen:
            del self[0]

    def appendleft(self, item):
        self.insert(0, item)
        if self.maxlen is not None and len(self) > self.maxlen:
            del self[-1]

    def extend(self, items):
        for item in list(items):
            self.append(item)

    def extendleft(self, items):
        for item in list(items):
            self.appendleft(item)

    def popleft(self):
        if len(self) == 0:
            raise IndexError("pop from an empty deque")
        return self.pop(0)

    def __repr__(self):
        size = "" if self.maxlen is None else ", maxlen=" + repr(self.maxlen)
        return "deque(" + repr(list(self)) + size + ")"

    def rotate(self, n=1):
        if len(self) > 0:
            at = -n % len(self)
            self[:] = self[at:] + self[:at]


class UserDict(dict):
    def __init__(self, dict=None, /, **kwargs):
        self.update({} if dict is None else dict, **kwargs)

    @property
    def data(self):
        return payload(self)

    @data.setter
    def data(self, value):
        payload(self).clear()
        payload(self).update(value)

    def update(self, other=(), /, **kwargs):
        for key, value in dict(other, **kwargs).items():
            self[key] = value

    def __contains__(self, key):
        return key in payload(self)

    def copy(self):
        made = copy(self)
        made.data = self.data
        return made


class UserList(list):
    @property
    def data(self):
        return self


class ChainMap:
    def __init__(self, *maps):
        self.maps = list(maps) or [{}]

    def _merged(self):
        merged = {}
        for each in reversed(self.maps):
            merged.update(each)
        return merged

    def __getitem__(self, key):
        return self._merged()[key]

    def __setitem__(self, key, value):
        self.maps[0][key] = value

    def __contains__(self, key):
        return any(key in each for each in self.maps)

    def __iter__(self):
        return iter(self._merged())

    def __len__(self):
        return len(self._merged())

    def get(self, key, default=None):
        return self._merged().get(key, default)

    def keys(self):
        return self._merged().keys()

    def values(self):
        return self._merged().values()

    def items(self):
        return self._merged().items()

    def new_child(self, m=None, **kwargs):
        return ChainMap({**(m or {}), **kwargs}, *self.maps)

    @property
    def parents(self):
        return ChainMap(*self.maps[1:])
