from easydict import EasyDict


class Dict(EasyDict):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if name not in self:
            self[name] = Dict()
        return self[name]
