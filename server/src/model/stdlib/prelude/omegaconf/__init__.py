"""Stands in for settings that are read as attributes and refer to each other, where the package is not installed."""
import re
import yaml
from _ecocompute_std import unknown

MISSING = "???"
II = lambda name: "${" + name + "}"
SI = lambda text: text
_resolvers = {}


class OmegaConfBaseException(Exception):
    pass


class MissingMandatoryValue(OmegaConfBaseException):
    pass


class ValidationError(OmegaConfBaseException, ValueError):
    pass


class ConfigKeyError(OmegaConfBaseException, KeyError):
    pass


class ConfigAttributeError(OmegaConfBaseException, AttributeError):
    pass


class Node:
    pass


class Container(Node):
    def _inner(self, value):
        if isinstance(value, dict) and not isinstance(value, DictConfig):
            return DictConfig(value, self)
        if isinstance(value, (list, tuple)) and not isinstance(value, ListConfig):
            return ListConfig(value, self)
        return value

    def _root(self):
        at = self
        while at._parent is not None:
            at = at._parent
        return at

    def _resolved(self, value):
        if not isinstance(value, str) or "${" not in value:
            if value == MISSING and isinstance(value, str):
                raise MissingMandatoryValue("Missing mandatory value")
            return value
        found = re.fullmatch(r"\$\{([^{}]*)\}", value)
        if found:
            return self._looked_up(found.group(1))
        while "${" in value:
            inner = re.search(r"\$\{([^{}]*)\}", value)
            if inner is None:
                return unknown("an interpolation that is not read")
            value = value[: inner.start()] + str(self._looked_up(inner.group(1))) + value[inner.end() :]
        return value

    def _looked_up(self, name):
        if ":" in name:
            kind, _, text = name.partition(":")
            if kind not in _resolvers:
                return unknown("`" + kind + "` in settings")
            return _resolvers[kind](*[yaml.safe_load(each.strip()) for each in text.split(",")])
        at = self._root()
        if name.startswith("."):
            at, name = self, name[1:]
            while name.startswith("."):
                at, name = at._parent, name[1:]
        for part in re.findall(r"[^.\[\]]+", name):
            at = at[int(part) if isinstance(at, ListConfig) else part]
        return at


class DictConfig(Container):
    def __init__(self, content=None, parent=None, **kwargs):
        self.__dict__["_parent"] = parent
        self.__dict__["_content"] = {}
        for name, value in dict(content or {}).items():
            self[name] = value

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if name not in self._content:
            raise ConfigAttributeError("Missing key " + str(name))
        return self[name]

    def __setattr__(self, name, value):
        self[name] = value

    def __delattr__(self, name):
        del self[name]

    def __getitem__(self, name):
        if name not in self._content:
            raise ConfigKeyError("Missing key " + str(name))
        return self._resolved(self._content[name])

    def __setitem__(self, name, value):
        self._content[name] = self._inner(value)

    def __delitem__(self, name):
        del self._content[name]

    def __contains__(self, name):
        return name in self._content and self._content[name] != MISSING

    def __len__(self):
        return len(self._content)

    def __iter__(self):
        return iter(self._content)

    def __eq__(self, other):
        return isinstance(other, (dict, DictConfig)) and _plain(self) == _plain(other)

    def __repr__(self):
        return repr(self._content)

    def keys(self):
        return self._content.keys()

    def values(self):
        return [self[name] for name in self._content]

    def items(self):
        return [(name, self[name]) for name in self._content]

    def get(self, name, default=None):
        return self[name] if name in self else default

    def pop(self, name, *default):
        if name in self._content:
            value = self[name]
            del self._content[name]
            return value
        if default:
            return default[0]
        raise ConfigKeyError(name)

    def setdefault(self, name, default=None):
        if name not in self._content:
            self[name] = default
        return self[name]

    def update(self, other=(), **kwargs):
        for name, value in [*dict(other).items(), *kwargs.items()]:
            self[name] = value

    def copy(self):
        return DictConfig({name: _bare(value) for name, value in self._content.items()})

    def __deepcopy__(self, memo):
        return self.copy()


class ListConfig(Container):
    def __init__(self, content=None, parent=None, **kwargs):
        self._parent = parent
        self._content = [self._inner(each) for each in content or []]

    def __getitem__(self, at):
        if isinstance(at, slice):
            return ListConfig([_bare(each) for each in self._content[at]], self._parent)
        return self._resolved(self._content[at])

    def __setitem__(self, at, value):
        self._content[at] = self._inner(value)

    def __len__(self):
        return len(self._content)

    def __iter__(self):
        return iter([self._resolved(each) for each in self._content])

    def __contains__(self, value):
        return value in list(self)

    def __add__(self, other):
        return ListConfig(list(self) + list(other))

    def __radd__(self, other):
        return ListConfig(list(other) + list(self))

    def __eq__(self, other):
        return isinstance(other, (list, tuple, ListConfig)) and list(self) == list(other)

    def __repr__(self):
        return repr(self._content)

    def append(self, value):
        self._content.append(self._inner(value))

    def extend(self, values):
        for each in values:
            self.append(each)

    def insert(self, at, value):
        self._content.insert(at, self._inner(value))

    def pop(self, at=-1):
        return self._content.pop(at)

    def index(self, value):
        return list(self).index(value)

    def copy(self):
        return ListConfig([_bare(each) for each in self._content])

    def __deepcopy__(self, memo):
        return self.copy()


def _bare(value):
    """Plain dictionaries and lists, with references as they are written."""
    if isinstance(value, DictConfig):
        return {name: _bare(each) for name, each in value._content.items()}
    if isinstance(value, ListConfig):
        return [_bare(each) for each in value._content]
    return value


def _plain(value):
    if isinstance(value, DictConfig):
        return {name: _plain(value[name]) for name in value}
    if isinstance(value, ListConfig):
        return [_plain(each) for each in value]
    return value


def _merged(one, two):
    if not (isinstance(one, dict) and isinstance(two, dict)):
        return two
    made = dict(one)
    for name, value in two.items():
        made[name] = _merged(one[name], value) if name in one else value
    return made


class _Open:
    def __init__(self, *args, **kwargs):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *args):
        pass


open_dict = read_write = flag_override = _Open


class OmegaConf:
    def create(obj=None, parent=None, flags=None):
        if isinstance(obj, str):
            obj = yaml.safe_load(obj)
        if isinstance(obj, (DictConfig, ListConfig)):
            obj = _bare(obj)
        if obj is None or isinstance(obj, dict):
            return DictConfig(obj)
        return ListConfig(obj) if isinstance(obj, (list, tuple)) else OmegaConf.structured(obj)

    def structured(obj, **kwargs):
        from dataclasses import asdict

        return DictConfig(asdict(obj() if isinstance(obj, type) else obj))

    def load(file_):
        if isinstance(file_, str) or hasattr(file_, "__fspath__"):
            file_ = open(str(file_))
        return OmegaConf.create(yaml.safe_load(file_))

    def merge(*configs):
        made = {}
        for each in configs:
            made = _merged(made, _bare(OmegaConf.create(each)))
        return OmegaConf.create(made)

    unsafe_merge = merge

    def from_dotlist(dotlist):
        made = DictConfig()
        for each in dotlist:
            name, _, value = each.partition("=")
            OmegaConf.update(made, name, yaml.safe_load(value))
        return made

    def from_cli(args_list=None):
        return OmegaConf.from_dotlist(args_list or [])

    def to_container(cfg, *, resolve=False, throw_on_missing=False, **kwargs):
        return _plain(cfg) if resolve else _bare(cfg)

    def to_object(cfg):
        return _plain(cfg)

    def to_yaml(cfg, *, resolve=False, sort_keys=False):
        return unknown("settings as text")

    def save(config, f, resolve=False):
        return None

    def resolve(cfg):
        for name in list(cfg) if isinstance(cfg, DictConfig) else range(len(cfg)):
            cfg._content[name] = cfg[name]
            if isinstance(cfg._content[name], Container):
                OmegaConf.resolve(cfg._content[name])

    def select(cfg, key, *, default=None, throw_on_missing=False):
        at = cfg
        for part in re.findall(r"[^.\[\]]+", key):
            if isinstance(at, ListConfig):
                at = at[int(part)]
            elif isinstance(at, DictConfig) and part in at:
                at = at[part]
            else:
                return default
        return at

    def update(cfg, key, value=None, **kwargs):
        *path, last = key.split(".")
        for part in path:
            if part not in cfg:
                cfg[part] = {}
            cfg = cfg[part]
        cfg[last] = value

    def register_new_resolver(name, resolver, **kwargs):
        _resolvers[name] = resolver

    register_resolver = register_new_resolver

    def has_resolver(name):
        return name in _resolvers

    def is_missing(cfg, key):
        return isinstance(cfg._content[key], str) and cfg._content[key] == MISSING

    def is_config(obj):
        return isinstance(obj, Container)

    def is_dict(obj):
        return isinstance(obj, DictConfig)

    def is_list(obj):
        return isinstance(obj, ListConfig)

    def set_struct(conf, value):
        return None

    set_readonly = set_struct

    def get_type(obj, key=None):
        return type(obj if key is None else obj[key])


def __getattr__(name):
    return unknown("`omegaconf." + name + "` is not interpreted")
