from _ecocompute_std import OrderedDict, defaultdict, Counter, UserDict, ChainMap, deque, namedtuple
from . import abc
