class Registry:
    def __init__(self, name):
        self._name = name
        self._obj_map = {}

    def _do_register(self, name, obj):
        if name in self._obj_map:
            raise AssertionError("An object named '" + name + "' was already registered in '" + self._name + "' registry!")
        self._obj_map[name] = obj

    def register(self, obj=None):
        if obj is None:
            return self._decorate
        self._do_register(obj.__name__, obj)
        return obj

    def _decorate(self, obj):
        self._do_register(obj.__name__, obj)
        return obj

    def get(self, name):
        if name not in self._obj_map:
            raise KeyError("No object named '" + name + "' found in '" + self._name + "' registry!")
        return self._obj_map[name]

    def __contains__(self, name):
        return name in self._obj_map

    def __iter__(self):
        return iter(self._obj_map.items())
