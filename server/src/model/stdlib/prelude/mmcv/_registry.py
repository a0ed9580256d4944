class Registry:
    """Classes by name; a registry that several packages share is not known in full."""

    def __init__(self, name, build_func=None, parent=None, scope=None):
        self.name = name
        self._build = build_func
        self.module_dict = {}

    def __contains__(self, key):
        return key in self.module_dict

    def __len__(self):
        return len(self.module_dict)

    def get(self, key):
        return self.module_dict.get(key)

    def build(self, *args, **kwargs):
        return (self._build or build_from_cfg)(*args, **kwargs, registry=self)

    def _add(self, cls, name):
        for each in name if isinstance(name, (list, tuple)) else [name or cls.__name__]:
            self.module_dict[each] = cls
        return cls

    def register_module(self, name=None, force=False, module=None):
        if module is not None:
            return self._add(module, name)
        if isinstance(name, type):
            return self._add(name, None)
        return lambda cls: self._add(cls, name)


def build_from_cfg(cfg, registry, default_args=None):
    given = dict(cfg)
    for key, value in (default_args or {}).items():
        given.setdefault(key, value)
    kind = given.pop("type")
    if isinstance(kind, str):
        found = registry.get(kind)
        if found is None:
            raise KeyError(kind + " is not in the " + registry.name + " registry")
        kind = found
    return kind(**given)
