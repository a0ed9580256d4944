class Dict(dict):
    def __init__(self, *args, **kwargs):
        for each in args:
            for name, value in dict(each).items() if not isinstance(each, dict) else each.items():
                dict.__setitem__(self, name, _wrapped(value))
        for name, value in kwargs.items():
            dict.__setitem__(self, name, _wrapped(value))

    def __missing__(self, name):
        made = Dict()
        made.__dict__["_home"] = (self, name)
        return made

    def __getitem__(self, name):
        return dict.__getitem__(self, name) if name in self else self.__missing__(name)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self[name]

    def __setitem__(self, name, value):
        dict.__setitem__(self, name, value)
        home = self.__dict__.get("_home")
        if home is not None:
            self.__dict__["_home"] = None
            home[0][home[1]] = self

    def __setattr__(self, name, value):
        self[name] = value

    def __delattr__(self, name):
        del self[name]

    def update(self, *args, **kwargs):
        for other in args + (kwargs,):
            for name, value in other.items():
                if isinstance(value, dict) and isinstance(self.get(name), Dict):
                    self[name].update(value)
                else:
                    self[name] = _wrapped(value)

    def to_dict(self):
        return {name: value.to_dict() if isinstance(value, Dict) else value for name, value in self.items()}

    def copy(self):
        return Dict({**self})

    deepcopy = copy


def _wrapped(value):
    if isinstance(value, dict):
        return value if isinstance(value, Dict) else Dict(value)
    return type(value)([_wrapped(each) for each in value]) if isinstance(value, (list, tuple)) else value
